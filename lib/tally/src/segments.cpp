#include "segments.hpp"

#include "tactful/core/json.hpp"

namespace tactful {

int SegmentRegistry::intern(const Values& values) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto [place, is_new] = keys_.try_emplace(values, static_cast<int>(key_margins_.size()));
  if (is_new) {
    std::vector<int> ids;
    for (const auto& value : values) {
      const auto [margin, new_margin] = margin_ids_.try_emplace(value, static_cast<int>(margins_.size()));
      if (new_margin) margins_.push_back(value);
      ids.push_back(margin->second);
    }
    key_margins_.push_back(std::move(ids));
  }
  return place->second;
}

std::vector<int> SegmentRegistry::margins_of(int key) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return key_margins_[static_cast<std::size_t>(key)];
}

bool SegmentRegistry::is_less(int a, int b) const {
  if (a == b) return false;
  const auto texts = [this](int key) {
    Values values;
    for (const int margin : margins_of(key)) {
      const std::lock_guard<std::mutex> lock(mutex_);
      values.push_back(margins_[static_cast<std::size_t>(margin)]);
    }
    return values;
  };
  return texts(a) < texts(b);
}

std::size_t SegmentRegistry::keys() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return key_margins_.size();
}

Result<int> SegmentReader::key_of(std::int32_t code) {
  if (declared_.empty() || code == 0) return 0;
  if (code == last_code_) return last_key_;
  auto found = known_.find(code);
  if (found == known_.end()) {
    auto json = parse_json(source_.text(code), "segments of an exposure");
    if (!json) return json.error();
    SegmentRegistry::Values values;
    for (const std::string& name : declared_) {
      const Json* value = json->find(name);
      if (value == nullptr) continue;
      if (!value->is_string()) {
        return Error{ErrorCode::kInvalidInput, "the value of segment " + name + " of an exposure is not a text",
                     std::string(source_.text(code)), ""};
      }
      values.emplace_back(name, value->as_string());
    }
    found = known_.emplace(code, registry_.intern(values)).first;
  }
  last_code_ = code;
  last_key_ = found->second;
  return last_key_;
}

}  // namespace tactful
