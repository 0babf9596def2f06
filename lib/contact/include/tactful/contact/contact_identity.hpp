#pragma once

#include <array>
#include <compare>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "tactful/core/result.hpp"

namespace tactful {

/// A keyed 128-bit pseudonym of a customer, ticket or event. All zero means none.
struct ContactId {
  std::array<unsigned char, 16> bytes{};
  auto operator<=>(const ContactId&) const = default;
  [[nodiscard]] bool is_none() const noexcept { return *this == ContactId{}; }
  [[nodiscard]] std::string hex() const;  ///< 32 lower-case digits.
  [[nodiscard]] static std::optional<ContactId> from_hex(std::string_view text) noexcept;
};

/// Makes the pseudonyms of the contact state: BLAKE2b-128 under keys that BLAKE2b derives from the master key for this
/// purpose alone, so that the state cannot be joined with journals or stores, which have their own, shorter ones. 128
/// bits, since a collision here would silence a customer or, worse, contact one who opted out.
/// Thread-safety: immutable; safe from several threads. Keys are wiped on destruction.
class ContactPseudonymizer {
 public:
  /// Reads a 32-byte master key from a file of mode 0600 or stricter; the same file may serve a Pseudonymizer.
  /// Errors: kNotFound, kStorage, kInvalidInput for a wrong size, kRefused when others may read the file.
  [[nodiscard]] static Result<ContactPseudonymizer> from_key_file(const std::filesystem::path& path);
  [[nodiscard]] static Result<ContactPseudonymizer> from_key(const std::array<unsigned char, 32>& master);

  ContactPseudonymizer(const ContactPseudonymizer&) = default;
  ContactPseudonymizer& operator=(const ContactPseudonymizer&) = default;
  ~ContactPseudonymizer();

  [[nodiscard]] ContactId unit(std::string_view raw) const noexcept;
  [[nodiscard]] ContactId ticket(std::string_view raw) const noexcept;
  [[nodiscard]] ContactId event(std::string_view raw) const noexcept;
  /// 16 hex digits that name the key without revealing it; kept in the state's file, which refuses another key.
  [[nodiscard]] const std::string& key_id() const noexcept { return key_id_; }

 private:
  ContactPseudonymizer() = default;
  std::array<unsigned char, 32> unit_key_{}, ticket_key_{}, event_key_{};
  std::string key_id_;
};

}  // namespace tactful
