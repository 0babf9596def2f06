#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tactful/core/json.hpp"

namespace tactful::tools {

enum class Format { kTable, kJson, kCsv, kMarkdown };

/// Rows under named columns, for people (aligned by display width), spreadsheets, Markdown and programs.
struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<Json>> rows;
};

/// kTable and kMarkdown make labels harmless (printable()); kCsv is RFC 4180; kJson is an array of objects.
[[nodiscard]] std::string render(const Table& table, Format format);

/// One value as plain text: strings as they are, null empty.
[[nodiscard]] std::string plain(const Json& value);

/// A CSV field, quoted where RFC 4180 needs it.
void append_csv_field(std::string& line, std::string_view text);

}  // namespace tactful::tools
