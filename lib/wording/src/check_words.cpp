#include "check_words.hpp"

#include <array>

namespace tactful::wording_impl {
namespace {

struct ElementName {
  std::string_view element, english, chinese;
};

constexpr std::array<ElementName, 20> kNames{
    {{"goal", "what the reminder is for", "任务目标"},
     {"agent_action", "what the agent does next", "客服下一步行动"},
     {"priority", "the priority", "优先级"},
     {"responsible", "who is responsible", "责任人"},
     {"log", "where it is logged", "日志引用"},
     {"ticket", "the ticket or bill number", "工单号或账单号"},
     {"customer", "the customer's reference", "客户标识"},
     {"product", "the product or service", "产品或服务"},
     {"state", "how things stand now", "当前状态"},
     {"next_action", "what the customer can do next", "客户下一步行动"},
     {"reply_form", "how to reply", "回复方式"},
     {"required_information", "what is needed from the customer", "所需信息清单"},
     {"deadline", "by when", "时限"},
     {"contact", "whom to ask", "联系人或联系方式"},
     {"link", "a link", "链接"},
     {"options", "the ways to choose from", "可选方案"},
     {"opt_out", "how to opt out", "退订方式"},
     {"value", "the comparison of value", "价值对比"},
     {"identity", "who writes", "发送方身份"},
     {"help", "where help is", "帮助方式"}}};

}  // namespace

std::string Speech::element(std::string_view element) const {
  for (const ElementName& one : kNames) {
    if (one.element != element) continue;
    return chinese_ ? std::string(one.chinese) + "（" + std::string(element) + "）"
                    : std::string(one.english) + " (" + std::string(element) + ")";
  }
  return std::string(element);
}

}  // namespace tactful::wording_impl
