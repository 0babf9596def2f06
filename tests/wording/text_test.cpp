// Folded text, message length and word differences.
#include <gmock/gmock.h>

#include <array>
#include <random>

#include "tactful/core/text.hpp"
#include "tactful/wording/fold.hpp"
#include "tactful/wording/text_length.hpp"
#include "tactful/wording/word_diff.hpp"

namespace tactful {
namespace {

using testing::ElementsAre;

std::string folded(std::string_view text) { return fold_text(text).text(); }

TEST(Fold, EquatesWhatReadersTakeForTheSame) {
  EXPECT_EQ(folded("ＭＵＳＴ Pay①"), "must pay1");
  EXPECT_EQ(folded("必\u200B須"), "必须");
  EXPECT_EQ(folded("務必於今日"), folded("务必于今日"));
  EXPECT_EQ(folded("Café ﬁnal"), "cafe final");
  EXPECT_EQ(folded("yоu muѕt"), "you must");  // Cyrillic о and ѕ
}

TEST(Fold, TraditionalCharactersBecomeSimplifiedAndStay) {
  EXPECT_EQ(folded("請於期限內繳費，賬戶將被凍結，後果自負"), folded("请于期限内缴费，账户将被冻结，后果自负"));
  int changed = 0;
  for (char32_t c = 0x4E00; c <= 0x9FFF; ++c) {
    std::string text;
    text.push_back(static_cast<char>(0xE0 | (c >> 12)));
    text.push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3F)));
    text.push_back(static_cast<char>(0x80 | (c & 0x3F)));
    const std::string once = folded(text);
    EXPECT_EQ(folded(once), once) << text;
    EXPECT_EQ(once.size(), 3U) << text;
    changed += once != text;
  }
  EXPECT_EQ(changed, 2853);  // the pairs of src/traditional_table.inc
}

TEST(Fold, JoinsWordsThatWereTornApart) {
  for (const std::string text : {"必 须", "必.须", "必*须", "必😀须", "必⚠️须", "必_-_须", "必\xff须", "必　须"})
    EXPECT_EQ(folded(text), "必须") << text;
  for (const std::string text : {"m u s t", "m.u.s.t", "m-u-s-t", "M*U*S*T", "mu*st", "m\u00ADust"})
    EXPECT_EQ(folded(text), "must") << text;
  EXPECT_EQ(folded("final-warning"), "final warning");
  EXPECT_EQ(folded("final  _ warning"), "final warning");
}

TEST(Fold, KeepsWhatSeparates) {
  EXPECT_EQ(folded("不必，须知"), "不必,须知");
  EXPECT_EQ(folded("不必。须知"), "不必。须知");
  EXPECT_EQ(folded("2026-05-14"), "2026-05-14");
  EXPECT_EQ(folded("a b"), "a b");
  EXPECT_EQ(folded("I am a big fan"), "i am a big fan");
  EXPECT_EQ(folded("【〖x〗】"), "【〖x〗】");
  EXPECT_EQ(folded(""), "");
}

TEST(Fold, PatternsFoldWithoutGainingSyntax) {
  EXPECT_EQ(fold_pattern("(必須|務必).*?Ａ"), "(必须|务必).*?a");
  EXPECT_EQ(fold_pattern("？"), "\\?");
  EXPECT_EQ(fold_pattern("\\S+"), "\\S+");
}

// Whatever is torn into the text, the finding's range in the written text begins and ends with the word's own
// characters.
TEST(Fold, RangesComeBackToTheWrittenBytes) {
  const std::array<std::string, 9> junk{"\u200B", "\u00AD", "\uFE0F", " ", ".", "*", "😀", "\u2060", "\xff"};
  const std::vector<std::string> word{"必", "须", "立", "即", "冻", "结"};
  std::mt19937 random(20260514);
  for (int round = 0; round < 2000; ++round) {
    std::string before = round % 2 == 0 ? "您的账户，" : "Dear Ms. Ｌｉ, ";
    std::string torn;
    for (std::size_t i = 0; i < word.size(); ++i) {
      torn += word[i];
      if (i + 1 == word.size()) break;
      for (std::size_t n = random() % 4; n > 0; --n) torn += junk[random() % junk.size()];
    }
    const std::string text = before + torn + "，谢谢\u200B";
    const FoldedText fold = fold_text(text);
    const std::size_t at = fold.text().find("必须立即冻结");
    ASSERT_NE(at, std::string::npos) << text;
    const ByteRange range = fold.written(at, at + 18);
    EXPECT_EQ(range.begin, before.size()) << text;
    EXPECT_EQ(range.end, before.size() + torn.size()) << text;
  }
}

TEST(Fold, AnyBytesGiveRangesInsideTheText) {
  std::mt19937 random(7);
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (std::size_t n = random() % 60; n > 0; --n) text.push_back(static_cast<char>(random() % 256));
    const FoldedText fold = fold_text(text);
    EXPECT_FALSE(find_invalid_utf8(fold.text()).has_value());
    for (std::size_t i = 0; i < fold.text().size(); ++i) {
      const ByteRange range = fold.written(i, i + 1);
      ASSERT_LT(range.begin, range.end);
      ASSERT_LE(range.end, text.size());
    }
    EXPECT_EQ(fold.written(5, 5), ByteRange{});
    EXPECT_EQ(fold.written(fold.text().size(), fold.text().size() + 9), ByteRange{});
  }
}

TEST(SmsLength, CountsGsm7WithItsExtensionTable) {
  EXPECT_EQ(sms_length("").segments, 0U);
  EXPECT_EQ(sms_length(std::string(160, 'a')).segments, 1U);
  EXPECT_EQ(sms_length(std::string(161, 'a')).segments, 2U);
  EXPECT_EQ(sms_length(std::string(306, 'a')).segments, 2U);
  EXPECT_EQ(sms_length(std::string(307, 'a')).segments, 3U);
  const SmsLength euro = sms_length("5 € [a]");
  EXPECT_EQ(euro.encoding, SmsEncoding::kGsm7);
  EXPECT_EQ(euro.units, 10U);
  EXPECT_EQ(sms_length(std::string(159, 'a') + "€").segments, 2U);
}

TEST(SmsLength, DoesNotSplitAPairBetweenParts) {
  // 152 septets, then an escaped character that does not fit in the first part any more: 306 septets need three parts.
  const std::string text = std::string(152, 'a') + "€" + std::string(152, 'a');
  EXPECT_EQ(sms_length(text).units, 306U);
  EXPECT_EQ(sms_length(text).segments, 3U);
  std::string emoji;
  for (int i = 0; i < 66; ++i) emoji += "字";
  emoji += "😀";
  for (int i = 0; i < 66; ++i) emoji += "字";
  EXPECT_EQ(sms_length(emoji).units, 134U);
  EXPECT_EQ(sms_length(emoji).segments, 3U);
}

TEST(SmsLength, OneCharacterOutsideMakesUcs2) {
  std::string text(69, 'a');
  const SmsLength length = sms_length(text + "字");
  EXPECT_EQ(length.encoding, SmsEncoding::kUcs2);
  EXPECT_EQ(length.units, 70U);
  EXPECT_EQ(length.segments, 1U);
  EXPECT_EQ(length.room, 0U);
  EXPECT_EQ(length.first_outside_gsm7, 69U);
  EXPECT_EQ(sms_length(text + "字a").segments, 2U);
  EXPECT_EQ(sms_length("it\xE2\x80\x99s").encoding, SmsEncoding::kUcs2);  // a curly apostrophe is not in GSM-7
}

TEST(ReadingLength, CountsIdeographsWordsAndSentences) {
  const ReadingLength zh = reading_length("您的账单5月14日到期。可以分期，也可以改期！");
  EXPECT_EQ(zh.ideographs, 17U);
  EXPECT_EQ(zh.words, 2U);
  EXPECT_EQ(zh.sentences, 2U);
  const ReadingLength en = reading_length("Your bill of 1,280.50 is due. See example.com now");
  EXPECT_EQ(en.words, 9U);
  EXPECT_EQ(en.sentences, 2U);
  EXPECT_EQ(en.longest_sentence, 6U);
  EXPECT_DOUBLE_EQ(en.seconds, 60.0 * 9 / 228);
  EXPECT_EQ(reading_length(" \n").sentences, 0U);
}

TEST(DiffWords, ByWordsAndByIdeographs) {
  EXPECT_EQ(describe(diff_words("You must pay today", "You can pay by Friday")),
            "You [-must-]{+can+} pay [-today-]{+by Friday+}");
  EXPECT_EQ(describe(diff_words("请尽快处理账单", "请在周五前处理账单")), "请[-尽快-]{+在周五前+}处理账单");
  EXPECT_EQ(describe(diff_words("{amount} due", "{amounts} due")), "[-{amount}-]{+{amounts}+} due");
  EXPECT_THAT(diff_words("same", "same"), ElementsAre(DiffPiece{DiffKind::kSame, "same"}));
  EXPECT_TRUE(diff_words("", "").empty());
  EXPECT_EQ(describe(diff_words("a👨‍👩‍👧b", "a👨‍👩‍👦b")),
            "a[-👨‍👩‍👧-]{+👨‍👩‍👦+}b");
}

TEST(DiffWords, BothTextsCanBeReadBack) {
  const std::array<std::string, 8> parts{"您", "的", " ", "pay", "必须", "{x}", "，", "\xfe"};
  std::mt19937 random(11);
  for (int round = 0; round < 2000; ++round) {
    std::string a;
    std::string b;
    for (std::size_t n = random() % 30; n > 0; --n) a += parts[random() % parts.size()];
    for (std::size_t n = random() % 30; n > 0; --n) b += parts[random() % parts.size()];
    std::string before;
    std::string after;
    const auto pieces = diff_words(a, b);
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      if (pieces[i].kind != DiffKind::kAdded) before += pieces[i].text;
      if (pieces[i].kind != DiffKind::kRemoved) after += pieces[i].text;
      EXPECT_TRUE(i == 0 || pieces[i].kind != pieces[i - 1].kind);
      EXPECT_FALSE(i > 0 && pieces[i].kind == DiffKind::kRemoved && pieces[i - 1].kind == DiffKind::kAdded);
    }
    EXPECT_EQ(before, a);
    EXPECT_EQ(after, b);
  }
}

TEST(DiffWords, HugeTextsAreReplacedWhole) {
  std::string a;
  std::string b;
  for (int i = 0; i < 3000; ++i) {
    a += "甲";
    b += "乙";
  }
  EXPECT_EQ(diff_words("x" + a, "x" + b).size(), 3U);
}

}  // namespace
}  // namespace tactful
