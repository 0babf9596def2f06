#include "event_slices.hpp"
#include "exposures_reader.hpp"
#include "outcomes_reader.hpp"
#include "tactful/core/key.hpp"
#include "tactful/core/text.hpp"

namespace tactful {
namespace {

using store_detail::EventSlices;
using store_detail::ExposuresReader;
using store_detail::ImportTable;
using store_detail::OutcomesReader;
using store_detail::ParsedEvent;
using store_detail::Texts;

Status check_request(const EventsImport& request) {
  if (request.exposures.empty() && request.outcomes.empty()) {
    return Error{ErrorCode::kInvalidArgument, "neither exposures nor outcomes were named", "file", ""};
  }
  if (request.exposures == "-" && request.outcomes == "-") {
    return Error{ErrorCode::kInvalidArgument, "standard input can be read only once", "file",
                 "put one of the two into a file"};
  }
  if (!request.exposures.empty()) {
    const Status experiment = check_key(request.experiment, "experiment");
    if (!experiment) return experiment;
    const Status phase = check_key(request.phase, "phase");
    if (!phase) return phase;
    for (const auto& [value, variant] : request.delivered) {
      if (!is_label(variant))
        return Error{ErrorCode::kInvalidArgument, "`" + printable(variant) + "` cannot name a variant", "delivered",
                     ""};
    }
  }
  return check_key(request.source, "source");
}

template <typename Reader>
Result<std::string> read_file_into(const Pseudonymizer& pseudonymizer, const EventsImport& request,
                                   const std::filesystem::path& file, const CsvOptions& csv, Texts& texts,
                                   std::vector<ParsedEvent>& events) {
  auto table = ImportTable::open(file, csv);
  if (!table) return table.error();
  Reader reader(pseudonymizer, request, std::move(table).value());
  const Status resolved = reader.resolve();
  if (!resolved) return resolved.error();
  const Status read = reader.read_all(texts, events);
  if (!read) return read.error();
  return reader.content_hash();
}

}  // namespace

Result<IngestSummary> import_events(Store& store, const Pseudonymizer& pseudonymizer, const EventsImport& request,
                                    TimeMs now) {
  const Status sound = check_request(request);
  if (!sound) return sound.error();
  Texts texts;
  std::vector<ParsedEvent> events;
  std::string batch = "events";  // contents only: a file's name or folder may tell of people
  std::string hashes[2];
  if (!request.exposures.empty()) {
    auto hash = read_file_into<ExposuresReader>(pseudonymizer, request, request.exposures, request.exposures_csv, texts,
                                                events);
    if (!hash) return hash.error();
    hashes[0] = std::move(hash).value();
    batch += ":exposures:" + hashes[0];
  }
  if (!request.outcomes.empty()) {
    auto hash =
        read_file_into<OutcomesReader>(pseudonymizer, request, request.outcomes, request.outcomes_csv, texts, events);
    if (!hash) return hash.error();
    hashes[1] = std::move(hash).value();
    batch += ":outcomes:" + hashes[1];
  }
  const Status bound = store.bind_key(pseudonymizer.key_id(), pseudonymizer.purpose());
  if (!bound) return bound.error();
  EventSlices slices(request, texts, events, hashes[0], hashes[1], now);
  return store.ingest_stream([&slices] { return slices.next(); }, batch);
}

}  // namespace tactful
