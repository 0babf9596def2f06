#include "table.hpp"

#include <algorithm>

#include "tactful/core/text.hpp"

namespace tactful::tools {
namespace {

using Cells = std::vector<std::vector<std::string>>;

Cells printable_cells(const Table& table) {
  Cells cells;
  cells.push_back(table.columns);
  for (const auto& row : table.rows) {
    auto& line = cells.emplace_back();
    for (const Json& value : row) line.push_back(printable(plain(value)));
  }
  return cells;
}

bool is_numeric_column(const Table& table, std::size_t column) {
  return !table.rows.empty() && std::all_of(table.rows.begin(), table.rows.end(), [column](const auto& row) {
    return row[column].is_number() || row[column].is_null();
  });
}

std::string aligned(const Table& table) {
  const Cells cells = printable_cells(table);
  std::string text;
  for (const auto& row : cells) {
    std::string line;
    for (std::size_t column = 0; column < row.size(); ++column) {
      std::size_t width = 0;
      for (const auto& other : cells) width = std::max(width, display_width(other[column]));
      line += column == 0 ? "" : "  ";
      line += is_numeric_column(table, column) ? pad_left(row[column], width) : pad_right(row[column], width);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string markdown(const Table& table) {
  std::string text;
  const Cells cells = printable_cells(table);
  for (std::size_t index = 0; index < cells.size(); ++index) {
    text += "|";
    for (const std::string& cell : cells[index]) {
      std::string safe;
      for (const char c : cell)
        safe += c == '|' ? std::string("\\|") : c == '<' ? std::string("&lt;") : std::string(1, c);
      text += " " + safe + " |";
    }
    text += "\n";
    if (index > 0) continue;
    text += "|";
    for (std::size_t column = 0; column < table.columns.size(); ++column)
      text += is_numeric_column(table, column) ? "---:|" : "---|";
    text += "\n";
  }
  return text;
}

std::string csv(const Table& table) {
  std::string text;
  for (std::size_t column = 0; column < table.columns.size(); ++column) {
    if (column > 0) text += ",";
    append_csv_field(text, table.columns[column]);
  }
  text += "\n";
  for (const auto& row : table.rows) {
    for (std::size_t column = 0; column < row.size(); ++column) {
      if (column > 0) text += ",";
      append_csv_field(text, plain(row[column]));
    }
    text += "\n";
  }
  return text;
}

std::string objects(const Table& table) {
  Json list = Json::array();
  for (const auto& row : table.rows) {
    Json object = Json::object();
    for (std::size_t column = 0; column < row.size(); ++column) object.set(table.columns[column], row[column]);
    list.push_back(std::move(object));
  }
  return list.dump(2) + "\n";
}

}  // namespace

std::string plain(const Json& value) {
  if (value.is_null()) return "";
  if (value.is_string()) return value.as_string();
  return value.dump();
}

void append_csv_field(std::string& line, std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    line.append(text);
    return;
  }
  line.push_back('"');
  for (const char c : text) {
    if (c == '"') line.push_back('"');
    line.push_back(c);
  }
  line.push_back('"');
}

std::string render(const Table& table, Format format) {
  switch (format) {
    case Format::kJson:
      return objects(table);
    case Format::kCsv:
      return csv(table);
    case Format::kMarkdown:
      return markdown(table);
    case Format::kTable:
      break;
  }
  return aligned(table);
}

}  // namespace tactful::tools
