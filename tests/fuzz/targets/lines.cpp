// The reader of JSON lines and of lists of ids: joined again, its lines are the file but for line ends.
#include "fuzz_file.hpp"
#include "fuzz_target.hpp"
#include "line_reader.hpp"

TACTFUL_FUZZ_TARGET(lines) {
  using namespace tactful;
  const fuzz::MemoryFile file(input);
  const auto reader = tools::LineReader::open(file.path());
  fuzz::require(reader.has_value(), "a file opens");
  std::string joined;
  std::int64_t lines = 0;
  while (true) {
    const auto line = (*reader)->next();
    fuzz::require(line.has_value(), "a short file reads to its end");
    if (!line->has_value()) break;
    fuzz::require((*reader)->line() == ++lines, "lines are counted");
    joined.append(**line).push_back('\n');
  }
  std::string expected(input.substr(input.substr(0, 3) == "\xEF\xBB\xBF" ? 3 : 0));
  if (!input.empty() && input.back() != '\n') expected.push_back('\n');
  for (std::size_t at = 0; (at = expected.find("\r\n", at)) != std::string::npos; ++at) expected.erase(at, 1);
  fuzz::require(joined == expected, "no byte is lost");
}
