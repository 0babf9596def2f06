// Links that a customer's value would bring into a message, in whatever letters, and what only looks like one.
#include <gtest/gtest.h>

#include "tactful/wording/field.hpp"

namespace tactful {
namespace {

bool is_refused(std::string_view value) {
  const auto fault = find_fault(WordingField{}, value);
  return fault && fault->find("web address") != std::string::npos;
}

TEST(WebAddress, WhatAPhoneMakesALinkOfIsRefused) {
  for (const std::string_view value : {"https://a.b",
                                       "www.evil.example",
                                       "evil.example/pay",
                                       "evil.com",
                                       "EVIL.COM",
                                       "evil.com?id=1",
                                       "evil.test?id=1",
                                       "evil.com#a",
                                       "evil.test#a",
                                       "evil.com:80/x",
                                       "evil.test:80",
                                       "evil.test./x",
                                       "银行.中国/领取",
                                       "银行.中国",
                                       "bank.银行/x",
                                       "ｅｖｉｌ．ｃｏｍ",
                                       "ｗｗｗ．evil．example",
                                       "ｈｔｔｐ：／／evil",
                                       "evil。com",
                                       "ev​il.com",
                                       "еvil.соm",
                                       "请访问evil.com领取",
                                       "(evil.cn)",
                                       "Wang, see evil.xyz.",
                                       "evil.xn--fiqs8s",
                                       "1.2.3.4/x",
                                       "10.0.0.1:8080",
                                       "a@evil.test/x",
                                       "evil.com.cn"}) {
    EXPECT_TRUE(is_refused(value)) << value;
  }
}

TEST(WebAddress, NumbersInitialsAndNamesAreNone) {
  for (const std::string_view value :
       {"3.5",         "3.5/7",        "v2.1",        "v2.1/x",    "a.m.",      "9 a.m./p.m.",    "U.S./U.K.",
        "ABC Co.,Ltd", "ABC Co.Ltd",   "St.Louis",    "J.R.Smith", "Node.js",   "li.na@bank.com", "玛丽.居里",
        "您好。谢谢",  "Pay it.To me", "12.30-13.30", "1.2.3.4",   "1.5kg/box", "Ready.Really?",  "and/or",
        "...",         "B2026.05.14",  "No.7"}) {
    EXPECT_FALSE(is_refused(value)) << value;
  }
}

}  // namespace
}  // namespace tactful
