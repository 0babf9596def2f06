# Sets TACTFUL_CODE_VERSION: the project's version, and the revision where the sources are the root of a checkout.
set(TACTFUL_CODE_VERSION ${PROJECT_VERSION})
find_package(Git QUIET)
if(GIT_FOUND AND EXISTS ${PROJECT_SOURCE_DIR}/.git)
  execute_process(COMMAND ${GIT_EXECUTABLE} -C ${PROJECT_SOURCE_DIR} describe --always --abbrev=12 --exclude=* --dirty=.edited
    OUTPUT_VARIABLE revision OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(failed EQUAL 0 AND revision MATCHES "^[0-9a-f]+(\\.edited)?$")
    string(APPEND TACTFUL_CODE_VERSION "+${revision}")
  endif()
endif()
configure_file(${CMAKE_CURRENT_LIST_DIR}/src/version.cpp.in ${CMAKE_CURRENT_BINARY_DIR}/version.cpp @ONLY)
