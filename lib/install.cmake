# `cmake --install build/release --prefix DIR` gives programs `find_package(tactful)` and `tactful::sender`.
include(CMakePackageConfigHelpers)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/tactful)
install(EXPORT tactful-targets NAMESPACE tactful:: DESTINATION ${package_folder})
install(FILES dependencies.cmake DESTINATION ${package_folder})
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/tactful-config.cmake
  "include(\${CMAKE_CURRENT_LIST_DIR}/dependencies.cmake)\ninclude(\${CMAKE_CURRENT_LIST_DIR}/tactful-targets.cmake)\n")
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/tactful-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/tactful-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/tactful-config-version.cmake
  DESTINATION ${package_folder})
