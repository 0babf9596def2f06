#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tactful/wording/field.hpp"

namespace tactful::wording_impl {

/// Compiles a format as files write it ("#,##0.00 元", "yyyy年M月d日"), or says what is wrong with it.
[[nodiscard]] std::optional<std::string> compile_format(WordingFieldType type, std::string_view language,
                                                        std::string_view pattern, FieldFormat& format);

/// The format of a type in a language where the file gives none; empty: the value as it is.
[[nodiscard]] std::string_view default_format(WordingFieldType type, std::string_view language) noexcept;

/// A value that the type takes, for checks of a file that gives none.
[[nodiscard]] std::string default_sample(const WordingField& field, std::string_view first_choice);

/// The language without subtags: `zh-Hans` gives `zh`.
[[nodiscard]] std::string_view primary_language(std::string_view language) noexcept;

}  // namespace tactful::wording_impl
