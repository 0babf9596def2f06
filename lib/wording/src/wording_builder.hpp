#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "reader.hpp"
#include "tactful/wording/wording.hpp"

namespace tactful {

/// Makes a Wording of a file, reporting every mistake.
class WordingBuilder {
 public:
  explicit WordingBuilder(wording_impl::Report& report) : report_(&report), wording_(std::make_shared<Wording>()) {}

  void read(const Json& file);
  [[nodiscard]] std::shared_ptr<const Wording> take() && { return std::move(wording_); }

 private:
  using Members = wording_impl::Members;
  void read_languages(Members& file);
  void read_structure(Members& file);
  void read_fields(Members& file);
  void read_field(const std::string& name, const Json& value, const std::string& pointer);
  void read_formats(Members& member, WordingField& field);
  void read_choices(Members& member, WordingField& field, std::string& first);
  void read_sample(Members& member, WordingField& field, std::string_view first_choice);
  void read_options(Members& file);
  void read_option(const Json& value, const std::string& pointer);
  [[nodiscard]] std::map<std::string, std::string, std::less<>> words_by_language(Members& member,
                                                                                  std::string_view name);
  void read_texts(Members& file);
  void read_text(std::string_view language, std::string_view channel, const Json& value, const std::string& pointer);
  void read_passage(WordingText& text, const Json& value, const std::string& pointer);
  void read_when(Members& member, WordingPassage& passage);
  void read_allowed(Members& file);
  void check_option_times();
  void check_use();
  [[nodiscard]] Json content() const;

  wording_impl::Report* report_;
  std::shared_ptr<Wording> wording_;
  std::vector<std::string> languages_;
};

}  // namespace tactful
