#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

// One parser of outside input: a function of some bytes that must come back, whatever they are, and whose `require`s
// hold. Built with libFuzzer (preset `fuzz`) each is a program of its own; otherwise fuzz_corpus_test calls all of them
// with the corpus.
#ifdef TACTFUL_LIBFUZZER
#define TACTFUL_FUZZ_TARGET(name)                                                            \
  static void name(std::string_view input);                                                  \
  extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {        \
    name(std::string_view(reinterpret_cast<const char*>(data), data == nullptr ? 0 : size)); \
    return 0;                                                                                \
  }                                                                                          \
  static void name([[maybe_unused]] std::string_view input)
#else
#define TACTFUL_FUZZ_TARGET(name)           \
  namespace tactful::fuzz {                 \
  void fuzz_##name(std::string_view input); \
  }                                         \
  void tactful::fuzz::fuzz_##name([[maybe_unused]] std::string_view input)
#endif

namespace tactful::fuzz {

/// What a target promises about every input. Uncaught it ends the fuzzer, which keeps the input; the replay reports it.
inline void require(bool holds, const char* what) {
  if (!holds) throw std::logic_error(what);
}

/// Inputs of two parts: what stands before the first "%%", and what stands after it and its line feed.
struct TwoParts {
  std::string_view first, second;
};
inline TwoParts split(std::string_view input) {
  const std::size_t at = input.find("%%");
  if (at == std::string_view::npos) return {input, {}};
  std::string_view second = input.substr(at + 2);
  if (second.starts_with('\n')) second.remove_prefix(1);
  return {input.substr(0, at), second};
}

}  // namespace tactful::fuzz
