#include "tactful/catalogue/catalogue.hpp"

#include <mutex>

#include "load_folder.hpp"

namespace tactful {
namespace {

class FolderCatalogue final : public Catalogue {
 public:
  FolderCatalogue(std::filesystem::path folder, LogSink* log) : folder_(std::move(folder)), log_(log) {}

  // The free functions rather than std::atomic<shared_ptr>, whose g++ 12 version thread sanitizers do not understand.
  [[nodiscard]] std::shared_ptr<const Snapshot> snapshot() const noexcept override {
    return std::atomic_load(&snapshot_);
  }

  [[nodiscard]] Status reload() override {
    const std::lock_guard loading(loading_);
    auto loaded = load_folder(folder_);
    if (!loaded) return keep(loaded.error(), {});
    if (loaded->has_errors()) {
      Error error{ErrorCode::kInvalidExperiment, loaded->describe(), folder_.string(),
                  "mend every error and load again"};
      return keep(std::move(error), std::move(loaded->findings));
    }
    if (!loaded->findings.empty()) log(LogLevel::kWarning, loaded->describe());
    const std::uint64_t version = ++loads_;
    const std::size_t count = loaded->experiments.size();
    remember(std::move(loaded->findings));
    std::atomic_store(&snapshot_,
                      std::shared_ptr<const Snapshot>(make_snapshot(std::move(loaded->experiments), version)));
    log(LogLevel::kInfo,
        "catalogue: version " + std::to_string(version) + " with " + std::to_string(count) + " experiments");
    return {};
  }

  [[nodiscard]] std::vector<FileFindings> findings() const override {
    const std::lock_guard lock(reading_findings_);
    return findings_;
  }

 private:
  Error keep(Error error, std::vector<FileFindings> found) {
    remember(std::move(found));
    if (loads_ > 0)
      log(LogLevel::kError, "catalogue: version " + std::to_string(loads_) + " stays: " + describe(error));
    return error;
  }
  void remember(std::vector<FileFindings> found) {
    const std::lock_guard lock(reading_findings_);
    findings_ = std::move(found);
  }
  void log(LogLevel level, std::string_view message) noexcept {
    if (log_ != nullptr) log_->log(level, message);
  }

  const std::filesystem::path folder_;
  LogSink* const log_;
  std::mutex loading_;
  std::uint64_t loads_ = 0;  // under loading_
  std::shared_ptr<const Snapshot> snapshot_;
  mutable std::mutex reading_findings_;
  std::vector<FileFindings> findings_;
};

}  // namespace

const CompiledExperiment* Snapshot::find(std::string_view key) const noexcept {
  const auto found = experiments_.find(key);
  return found == experiments_.end() ? nullptr : &found->second;
}

std::shared_ptr<Snapshot> Catalogue::make_snapshot(std::map<std::string, CompiledExperiment, std::less<>> experiments,
                                                   std::uint64_t version) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->experiments_ = std::move(experiments);
  snapshot->version_ = version;
  return snapshot;
}

Result<std::unique_ptr<Catalogue>> Catalogue::open(const std::filesystem::path& folder, LogSink* log) {
  auto catalogue = std::make_unique<FolderCatalogue>(folder, log);
  if (const Status loaded = catalogue->reload(); !loaded) return loaded.error();
  return std::unique_ptr<Catalogue>(std::move(catalogue));
}

}  // namespace tactful
