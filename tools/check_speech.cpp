#include "check_speech.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "tactful/core/phrases.hpp"
#include "tactful/wording/text_length.hpp"

namespace tactful::tools {
namespace {

struct RuleInChinese {
  std::string_view rule, words;
};

// Rules whose messages the floors make in English.
constexpr std::array<RuleInChinese, 36> kRules{{{"json", "文件不是合法的 JSON"},
                                                {"schema", "文件的 schema 缺失或不认识"},
                                                {"type", "值的类型不对"},
                                                {"unknown-field", "没有这个字段名"},
                                                {"missing", "缺少必填项"},
                                                {"empty", "内容为空"},
                                                {"key", "key 只能用小写字母、数字、- 和 _"},
                                                {"label", "名称为空、过长或含控制字符"},
                                                {"language", "语言标记应形如 zh 或 en"},
                                                {"duplicate", "重复出现"},
                                                {"choice", "不在允许的取值之中"},
                                                {"range", "数值超出范围"},
                                                {"unused", "已声明但没有正文使用"},
                                                {"format", "格式写法有误"},
                                                {"sample", "示例值与字段类型不符"},
                                                {"template", "模板写法有误（{字段} 的括号或名称）"},
                                                {"unknown-name", "正文用了没有声明的字段或方案"},
                                                {"invisible-character", "正文含不可见字符"},
                                                {"option-time", "可选方案没有写明时间"},
                                                {"pattern", "正则表达式有误"},
                                                {"file-name", "文件名应与 key 相同"},
                                                {"form-only", "旁边没有规则包和场景，只检查了格式"},
                                                {"wording-file", "话术文件不可用"},
                                                {"no-language", "没有该语言的正文"},
                                                {"rule-packs", "规则包无法一起使用"},
                                                {"ledger", "台账有误"},
                                                {"ledger-version", "台账中的决定针对的是另一个版本"},
                                                {"compile", "发送程序无法加载该实验"},
                                                {"no-owner", "没有写负责人"},
                                                {"no-success-metric", "没有成功指标，无法推广"},
                                                {"no-guardrail", "没有护栏指标（投诉、重复联系、退订）"},
                                                {"fields-differ", "各组或各版本使用的字段不同"},
                                                {"weight-sum", "各组权重之和有误"},
                                                {"margin-missing", "护栏指标没有界值"},
                                                {"enrolment", "入组时间有误"},
                                                {"looks", "复核时间有误"}}};

std::string_view severity_in_chinese(Severity severity) noexcept {
  return severity == Severity::kError ? "错误" : severity == Severity::kWarning ? "警告" : "提示";
}

bool has_ideograph(std::string_view text) noexcept { return reading_length(text).ideographs > 0; }

// The words that were matched are the customer's language, so only what stands outside quotes tells who wrote it.
bool is_said_in_chinese(const std::string& message) {
  std::string outside;
  bool inside = false;
  for (const char c : message) {
    if (c == '"') inside = !inside;
    if (!inside) outside += c;
  }
  return has_ideograph(outside);
}

std::string in_chinese(const Diagnostic& finding) {
  if (is_said_in_chinese(finding.message)) return finding.message;
  const auto known =
      std::find_if(kRules.begin(), kRules.end(), [&](const RuleInChinese& one) { return one.rule == finding.rule; });
  return known == kRules.end() ? finding.message : std::string(known->words) + "（" + finding.message + "）";
}

}  // namespace

bool is_chinese(std::string_view language) noexcept { return language == "zh" || language.substr(0, 3) == "zh-"; }

std::string describe(const Diagnostics& findings, const std::string& file, bool chinese) {
  if (!chinese) return tactful::describe(findings, file);
  std::string text;
  for (const Diagnostic& finding : findings) {
    text += file;
    if (!finding.pointer.empty()) text += "#" + finding.pointer;
    text.append("：").append(severity_in_chinese(finding.severity)).append("：").append(in_chinese(finding));
    if (!finding.rule.empty()) text += " [" + finding.rule + "]";
    text += '\n';
    if (!finding.hint.empty()) text += "    " + finding.hint + '\n';
  }
  return text;
}

std::string describe(const TextCost& cost, bool chinese) {
  std::string line = cost.language + " " + cost.channel + (chinese ? "：" : ": ");
  const std::string seconds = std::to_string(std::lround(cost.reading.seconds));
  if (cost.channel == "sms") {
    const auto least = static_cast<std::int64_t>(cost.shortest.segments);
    const auto most = static_cast<std::int64_t>(cost.longest.segments);
    if (least != most) line += std::to_string(least) + (chinese ? "到" : " to ");
    const std::string units = std::to_string(cost.longest.units), room = std::to_string(cost.longest.room);
    const std::string encoding(to_string(cost.longest.encoding));
    line += chinese ? std::to_string(most) + "条短信（" + encoding + "，" + units + "单位，末条还可写" + room + "），"
                    : counted(most, "SMS segment", "SMS segments") + " (" + encoding + ", " + units +
                          " units, room for " + room + "), ";
  }
  const auto characters = static_cast<std::int64_t>(cost.reading.characters);
  return line + (chinese ? std::to_string(characters) + "字，约" + seconds + "秒读完"
                         : counted(characters, "character", "characters") + ", about " + seconds + " s to read");
}

}  // namespace tactful::tools
