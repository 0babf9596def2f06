#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "tactful/core/result.hpp"

namespace tactful {

/// A keyed 63-bit pseudonym of a unit or cluster id; 0 means none. Any collision among 10 million units: 5e-6.
using UnitId = std::int64_t;

/// Turns raw ids into pseudonyms that cannot be reversed without the key: SipHash-2-4 under a key that BLAKE2b derives
/// from the master key and the purpose, so that stores of different purposes cannot be joined. Units, clusters,
/// tickets, assignees and event ids have keys of their own: a unit and a cluster of the same raw id are unrelated
/// pseudonyms. Thread-safety: immutable; const use from several threads is safe. The key is wiped on destruction.
class Pseudonymizer {
 public:
  /// Reads a 32-byte master key from a file of mode 0600 (or stricter) and derives the keys for `purpose` (a key, see
  /// is_key()). Errors: kNotFound, kStorage, kInvalidInput for a wrong size, kRefused when others may read the file.
  [[nodiscard]] static Result<Pseudonymizer> from_key_file(const std::filesystem::path& path, std::string_view purpose);

  /// Writes a new random key of mode 0600; never overwrites. Errors: kConflict when the file exists, kStorage.
  [[nodiscard]] static Status create_key_file(const std::filesystem::path& path);

  /// From 32 bytes held by the caller (a secret store, tests).
  [[nodiscard]] static Result<Pseudonymizer> from_key(const std::array<unsigned char, 32>& master,
                                                      std::string_view purpose);

  Pseudonymizer(const Pseudonymizer&) = default;
  Pseudonymizer& operator=(const Pseudonymizer&) = default;
  Pseudonymizer(Pseudonymizer&&) noexcept = default;
  Pseudonymizer& operator=(Pseudonymizer&&) noexcept = default;
  ~Pseudonymizer();

  [[nodiscard]] UnitId unit(std::string_view raw) const noexcept;      ///< In [1, 2^63).
  [[nodiscard]] UnitId cluster(std::string_view raw) const noexcept;   ///< In [1, 2^63).
  [[nodiscard]] UnitId ticket(std::string_view raw) const noexcept;    ///< In [1, 2^63).
  [[nodiscard]] UnitId assignee(std::string_view raw) const noexcept;  ///< In [1, 2^63).
  /// Keyed 63-bit hash of a client-made event id, in [1, 2^63); client ids may carry phone numbers, so they are not
  /// stored either.
  [[nodiscard]] std::int64_t event(std::string_view raw) const noexcept;

  /// 16 hex digits that name key and purpose without revealing them; written into journals and stores, which refuse to
  /// mix.
  [[nodiscard]] const std::string& key_id() const noexcept { return key_id_; }
  [[nodiscard]] const std::string& purpose() const noexcept { return purpose_; }

 private:
  Pseudonymizer() = default;
  std::array<unsigned char, 16> unit_key_{};
  std::array<unsigned char, 16> cluster_key_{};
  std::array<unsigned char, 16> ticket_key_{};
  std::array<unsigned char, 16> assignee_key_{};
  std::array<unsigned char, 16> event_key_{};
  std::string key_id_;
  std::string purpose_;
};

}  // namespace tactful
