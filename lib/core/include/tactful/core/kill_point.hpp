#pragma once

/// A place where tests end the process, to show that whoever comes next finds everything in order. Nothing in the
/// library proper; a test builds a floor's sources with TACTFUL_KILL_POINTS defined, and says itself what
/// kill_point() does. `name` is a literal, unique in the project. For `.cpp` files only; not installed.
#ifdef TACTFUL_KILL_POINTS
namespace tactful {
void kill_point(const char* name) noexcept;
}
#define TACTFUL_KILL_POINT(name) ::tactful::kill_point(name)
#else
#define TACTFUL_KILL_POINT(name) static_cast<void>(0)
#endif
