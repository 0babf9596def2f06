#include "inputs.hpp"

namespace tactful::tools {
namespace {

Result<int> run_compact(const Arguments& arguments, Console& console) {
  const auto store = Store::open(*arguments.text("--store"), Store::Mode::kReadWrite, console.log.get());
  if (!store) return store.error();
  const auto done = (*store)->compact();
  if (!done) return done.error();
  if (console.format == Format::kJson) {
    console.out.line(Json::object()
                         .set("rows_sorted", done->rows_sorted)
                         .set("segments_before", done->segments_before)
                         .set("segments_after", done->segments_after)
                         .set("bytes_before", done->bytes_before)
                         .set("bytes_after", done->bytes_after)
                         .dump(2));
    return kDone;
  }
  Table table{{"", "before", "after"}, {}};
  table.rows.push_back({"segments", done->segments_before, done->segments_after});
  table.rows.push_back({"bytes", done->bytes_before, done->bytes_after});
  table.rows.push_back({"rows put in order", "", done->rows_sorted});
  console.out.write(render(table, console.format));
  return kDone;
}

}  // namespace

Command compact_command() {
  Command command;
  command.name = "compact";
  command.summary = "Sorts a store by customer, so that evaluating reads it faster.";
  command.examples = {
      {"tactful compact --store pilot.db", "Once a night, say; evaluations before and after give the same."}};
  command.options = {{"--store", "FILE", "The store.", true}};
  command.formats = {Format::kTable, Format::kJson, Format::kCsv, Format::kMarkdown};
  command.details =
      "Changes no event. It may be killed at any moment: what was sorted by then stays sorted. What is in order "
      "already is "
      "left alone. Needs room for a second copy of the store while it runs.";
  command.next = "tactful evaluate EXPERIMENT --store FILE.";
  command.run = run_compact;
  return command;
}

}  // namespace tactful::tools
