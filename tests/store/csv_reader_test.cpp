#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdio>
#include <random>

#include "files.hpp"
#include "support/packed.hpp"
#include "support/temp_dir.hpp"
#include "tactful/store/csv.hpp"

namespace tactful {
namespace {

using test::gzip;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using Rows = std::vector<std::vector<std::string>>;

class CsvReaderTest : public testing::Test {
 protected:
  Result<Rows> read(std::string_view text, Encoding encoding = Encoding::kUtf8, char delimiter = ',',
                    std::string_view name = "f.csv") {
    return read_path(folder_.write(name, text), encoding, delimiter);
  }
  Result<Rows> read_path(const std::filesystem::path& file, Encoding encoding = Encoding::kUtf8, char delimiter = ',') {
    auto reader = CsvReader::open(file, encoding, delimiter, comments_);
    if (!reader) return reader.error();
    Rows rows{(*reader)->header()};
    lines_.clear();
    while (true) {
      const auto row = (*reader)->next();
      if (!row) return row.error();
      if (row->empty()) break;
      rows.emplace_back(row->begin(), row->end());
      lines_.push_back((*reader)->line());
    }
    hash_ = (*reader)->content_hash();
    return rows;
  }
  Error error_of(std::string_view text, Encoding encoding = Encoding::kUtf8, std::string_view name = "f.csv") {
    const auto rows = read(text, encoding, ',', name);
    EXPECT_FALSE(rows.has_value()) << text;
    return rows ? Error{} : rows.error();
  }

  store_test::MemoryDir folder_;
  CsvComments comments_ = CsvComments::kNone;
  std::vector<std::int64_t> lines_;
  std::string hash_;
};

TEST_F(CsvReaderTest, PlainRowsAndTheirLines) {
  EXPECT_EQ(read("a,b\n1,2\n3,\n").value(), (Rows{{"a", "b"}, {"1", "2"}, {"3", ""}}));
  EXPECT_THAT(lines_, ElementsAre(2, 3));
}

TEST_F(CsvReaderTest, LastLineWithoutLineFeedAndCrLf) {
  EXPECT_EQ(read("a,b\r\n1,2\r\n3,4").value(), (Rows{{"a", "b"}, {"1", "2"}, {"3", "4"}}));
  EXPECT_EQ(read("a,b\n1,2\r").value(), (Rows{{"a", "b"}, {"1", "2"}}));
  EXPECT_EQ(read("a,b\n1,").value(), (Rows{{"a", "b"}, {"1", ""}}));
}

TEST_F(CsvReaderTest, QuotesWithDelimitersLineBreaksAndDoubledQuotes) {
  EXPECT_EQ(read("a,b\n\"x,\"\"y\"\"\r\nz\",\"\"\n1,2\n").value(),
            (Rows{{"a", "b"}, {"x,\"y\"\r\nz", ""}, {"1", "2"}}));
  EXPECT_THAT(lines_, ElementsAre(2, 4));
  EXPECT_EQ(read("a\n\"\"\"\"").value(), (Rows{{"a"}, {"\""}}));
}

TEST_F(CsvReaderTest, ByteOrderMarkOtherDelimiterHeaderOnlyAndUnnamedColumn) {
  EXPECT_EQ(read("\xEF\xBB\xBF unit ;v\n1;2\n", Encoding::kUtf8, ';').value(), (Rows{{"unit", "v"}, {"1", "2"}}));
  EXPECT_EQ(read("a,b").value(), (Rows{{"a", "b"}}));
  EXPECT_EQ(read(",b\n1,2\n").value(), (Rows{{"column_1", "b"}, {"1", "2"}}));
}

TEST_F(CsvReaderTest, BlankLinesAreNoRowsExceptInOneColumn) {
  EXPECT_EQ(read("\n\na,b\n\n1,2\r\n\r\n\n").value(), (Rows{{"a", "b"}, {"1", "2"}}));
  EXPECT_THAT(lines_, ElementsAre(5));
  EXPECT_EQ(read("a\n1\n\n2\n").value(), (Rows{{"a"}, {"1"}, {""}, {"2"}}));
}

TEST_F(CsvReaderTest, CommentLinesWhereAskedFor) {
  const std::string text = "\xEF\xBB\xBF# an \"open quote, and \xFF\r\n#\na,b\n#1,2\n1,#2\n\"#3\",\"4\n# 5\"\n# last";
  comments_ = CsvComments::kHash;
  EXPECT_EQ(read(text).value(), (Rows{{"a", "b"}, {"1", "#2"}, {"#3", "4\n# 5"}}));
  EXPECT_THAT(lines_, ElementsAre(5, 6));
  EXPECT_EQ(read(gzip(text)).value().size(), 3u);
  EXPECT_THAT(error_of("# 1\na,b\n# 3\n1\n").where, EndsWith("f.csv:4:b"));
  EXPECT_THAT(error_of("# nothing but this").message, HasSubstr("empty"));
  EXPECT_EQ(read("a\n#1\n2\n\n").value(), (Rows{{"a"}, {"2"}, {""}})) << "a comment is no empty value of one column";
  const std::string longer_than_the_buffer = "#" + std::string(3u << 20, 'x') + "\n";
  EXPECT_EQ(read(longer_than_the_buffer + "a,b\n" + longer_than_the_buffer + "1,2\n").value(),
            (Rows{{"a", "b"}, {"1", "2"}}));
  comments_ = CsvComments::kNone;
  EXPECT_EQ(read("#a,b\n#1,2\n").value(), (Rows{{"#a", "b"}, {"#1", "2"}})) << "else '#' is text like any other";
}

TEST_F(CsvReaderTest, GzipGivesTheSameRowsAndHash) {
  const std::string text = "a,b\n1,2\n3,4\n";
  const Rows plain = read(text).value();
  const std::string plain_hash = hash_;
  EXPECT_EQ(plain_hash.size(), 32u);
  EXPECT_EQ(read(gzip(text), Encoding::kUtf8, ',', "f.csv.gz").value(), plain);
  EXPECT_EQ(hash_, plain_hash);
  EXPECT_EQ(read(gzip("a,b\n1,2\n") + gzip("3,4\n")).value(), plain) << "several members, found by content";
  EXPECT_EQ(hash_, plain_hash);
  (void)read("a,b\n1,2\n3,5\n");
  EXPECT_NE(hash_, plain_hash);
}

TEST_F(CsvReaderTest, TruncatedArchiveIsFoundAtEveryByte) {
  std::string text = "unit,variant\n";
  for (int i = 0; i < 200; ++i) text += std::to_string(i * 7919) + ",control\n";
  const std::string packed = gzip(text);
  for (std::size_t size = 0; size < packed.size(); ++size) {
    const Error error = error_of(packed.substr(0, size), Encoding::kUtf8, "cut.csv.gz");
    EXPECT_EQ(error.code, ErrorCode::kInvalidInput) << size;
    if (size >= 2) {
      EXPECT_THAT(error.message, HasSubstr("truncated")) << size;
    }
  }
}

TEST_F(CsvReaderTest, DamagedArchiveIsFound) {
  std::mt19937 random(7);
  std::string text = "unit,variant\n";
  for (int i = 0; i < 2000; ++i) text += std::to_string(random()) + ",control\n";
  const std::string packed = gzip(text);
  for (std::size_t at = 12; at < packed.size(); at += 997) {
    std::string bad = packed;
    bad[at] = static_cast<char>(bad[at] ^ 0x20);
    EXPECT_EQ(error_of(bad, Encoding::kUtf8, "bad.csv.gz").code, ErrorCode::kInvalidInput) << at;
  }
  EXPECT_THAT(error_of("unit,variant\n", Encoding::kUtf8, "plain.csv.gz").message, HasSubstr("no gzip archive"));
}

TEST_F(CsvReaderTest, TruncatedCsvNeverGivesOtherRows) {
  const std::string text = "a,b,c\n1,\"x\"\"y\",3\n4,\"p\nq\",6\n7,8,9\n";
  const Rows whole = read(text).value();
  for (std::size_t size = 1; size < text.size(); ++size) {
    const auto rows = read(text.substr(0, size));
    if (!rows) {
      EXPECT_EQ(rows.error().code, ErrorCode::kInvalidInput) << size;
      continue;
    }
    if (size < 5) continue;
    for (std::size_t row = 0; row + 1 < rows->size(); ++row) EXPECT_EQ((*rows)[row], whole[row]) << size;
  }
}

TEST_F(CsvReaderTest, ErrorsNameLineAndColumn) {
  Error error = error_of("a,b,c\n1,2,3\n1,2\n");
  EXPECT_EQ(error.code, ErrorCode::kInvalidInput);
  EXPECT_THAT(error.where, EndsWith("f.csv:3:c"));
  EXPECT_THAT(error.message, HasSubstr("2 fields where the header has 3"));
  EXPECT_THAT(error_of("a,b\n1,2,3\n").where, EndsWith("f.csv:2:b"));
  EXPECT_THAT(error_of("a,b\n\"\"\n").where, EndsWith("f.csv:2:b")) << "a quoted empty field is no blank line";

  error = error_of("a,b\n1,2\n3,\"open\nto the end\n");
  EXPECT_THAT(error.where, EndsWith("f.csv:3:b"));
  EXPECT_THAT(error.message, HasSubstr("not closed"));

  EXPECT_THAT(error_of("a,b\n1,x\"y\n").where, EndsWith(":2:b"));
  EXPECT_THAT(error_of("a,b\n\"x\" ,1\n").where, EndsWith(":2:a"));
  EXPECT_THAT(error_of("a,b\n1,2\r3,4\n").message, HasSubstr("carriage return"));
  EXPECT_THAT(error_of(std::string("a,b\n1,x\0y\n", 10)).message, HasSubstr("NUL"));
  EXPECT_THAT(error_of(std::string("a,b\n1,\"x\0y\"\n", 12)).where, EndsWith(":2:b"));
}

TEST_F(CsvReaderTest, WrongEncodingHasItsHint) {
  const Error error = error_of("unit,segment\n1,\"x\n\xC9\xCF\xBA\xA3\"\n");
  EXPECT_THAT(error.where, EndsWith("f.csv:3:segment"));
  EXPECT_THAT(error.hint, HasSubstr("--encoding gb18030"));
  EXPECT_THAT(error_of("unit,\xC9\xCF\n1,2\n").where, EndsWith("f.csv:1:column 2"));
  EXPECT_THAT(error_of("\xFF\xFEu\0n\0").message, HasSubstr("UTF-16"));
}

TEST_F(CsvReaderTest, Gb18030IsDecoded) {
  EXPECT_EQ(read("unit,\xB3\xC7\xCA\xD0\n1,\xC9\xCF\xBA\xA3\n2,\x81\x30\x81\x30\n", Encoding::kGb18030).value(),
            (Rows{{"unit", "城市"}, {"1", "上海"}, {"2", "\xC2\x80"}}));
  const Error error = error_of("unit,city\n1,\xC9\xCF\n2,\xFF\xFF\n", Encoding::kGb18030);
  EXPECT_THAT(error.where, EndsWith("f.csv:3:city"));
  EXPECT_THAT(error.hint, HasSubstr("utf-8"));
  EXPECT_THAT(error_of("unit,city\n1,\xC9", Encoding::kGb18030).message, HasSubstr("ends within"));
}

TEST_F(CsvReaderTest, WhatIsNoCsv) {
  EXPECT_THAT(error_of("").message, HasSubstr("empty"));
  EXPECT_THAT(error_of("\n\n").message, HasSubstr("empty"));
  EXPECT_THAT(error_of("a,b, a \n").where, EndsWith("f.csv:1:column 3"));
  EXPECT_THAT(error_of("PK\x03\x04....").message, HasSubstr("zip"));
  EXPECT_EQ(read_path(folder_ / "absent.csv").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(read_path(folder_.path()).error().code, ErrorCode::kStorage);
  EXPECT_EQ(CsvReader::open(folder_ / "x", Encoding::kUtf8, '"').error().code, ErrorCode::kInvalidArgument);
}

TEST_F(CsvReaderTest, RowsAcrossTheBufferAndLongRows) {
  std::string text = "a,b\n";
  Rows expected{{"a", "b"}};
  std::mt19937 random(11);
  for (int i = 0; i < 3000; ++i) {
    const std::string field(random() % 2000, static_cast<char>('a' + i % 26));
    const bool quoted = i % 3 == 0;
    text += (quoted ? "\"" + field + "\"\"\n\"" : field) + "," + std::to_string(i) + "\n";
    expected.push_back({quoted ? field + "\"\n" : field, std::to_string(i)});
  }
  text += "\"" + std::string(3u << 20, 'z') + "\",end\n";
  expected.push_back({std::string(3u << 20, 'z'), "end"});
  EXPECT_TRUE(read(text).value() == expected);
  EXPECT_THAT(error_of("a,b\n\"" + std::string(17u << 20, 'z') + "\",1\n").message, HasSubstr("16 MiB"));
}

TEST_F(CsvReaderTest, StandardInput) {
  const auto file = folder_.write("in.csv", "a,b\n1,2,3\n");
  ASSERT_NE(std::freopen(file.c_str(), "r", stdin), nullptr);
  EXPECT_EQ(read_path("-").error().where, "stdin:2:b");
}

}  // namespace
}  // namespace tactful
