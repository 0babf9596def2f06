#include "language.hpp"

#include "tactful/core/text.hpp"

namespace tactful::tools {

OptionSpec language_spec() { return {"--lang", "LANGUAGE", "Language of messages: en (default) or zh."}; }

Result<Language> language_option(const Arguments& arguments) {
  const std::string asked = arguments.text_or("--lang", "en");
  if (asked == "en") return Language::kEnglish;
  if (asked == "zh" || asked == "zh-Hans" || asked == "zh-CN") return Language::kChinese;
  return Error{ErrorCode::kInvalidArgument, "\"" + printable(asked) + "\" is neither en nor zh", "--lang", ""};
}

std::string action_name(std::string_view action, Language language) {
  if (language == Language::kEnglish) {
    if (action == "end_without_winner") return "end without winner";
    return std::string(action);
  }
  if (action == "promote") return "推广";
  if (action == "continue") return "继续";
  if (action == "stop") return "停止";
  if (action == "end_without_winner") return "结束（无优胜者）";
  if (action == "invalid") return "无效";
  return std::string(action);
}

}  // namespace tactful::tools
