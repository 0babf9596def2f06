#pragma once

namespace tactful::test {

/// Allocations through operator new of the calling thread since it began; counted by allocation_counter.cpp, which
/// replaces the operators for the whole program.
[[nodiscard]] long allocations() noexcept;

}  // namespace tactful::test
