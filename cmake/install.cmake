# What cmake --install puts in place: the library with the browser client in it, its headers, and
# what CMake and pkg-config need to find them. Nothing of it names a folder of this machine, so that
# it may be moved.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(TARGETS socketio EXPORT socketio INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
foreach(floor IN ITEMS protocol engineio socketio server)
  install(DIRECTORY "${PROJECT_SOURCE_DIR}/${floor}/include/"
    DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.hpp")
endforeach()

# A program that uses the static library has to link what that uses.
get_target_property(library_type socketio TYPE)
if(library_type STREQUAL "STATIC_LIBRARY")
  set(static_dependencies "find_dependency(simdjson 3.0)
find_dependency(OpenSSL 3.0)
find_dependency(ZLIB)
")
  set(static_packages "simdjson openssl zlib")
endif()

set(cmake_folder "${CMAKE_INSTALL_LIBDIR}/cmake/socketio")
configure_package_config_file(cmake/socketioConfig.cmake.in socketioConfig.cmake
  INSTALL_DESTINATION "${cmake_folder}")
# Versions that differ in the minor number are not compatible before 1.0.
write_basic_package_version_file(socketioConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/socketioConfig.cmake"
  "${CMAKE_CURRENT_BINARY_DIR}/socketioConfigVersion.cmake" DESTINATION "${cmake_folder}")
install(EXPORT socketio NAMESPACE socketio:: FILE socketioTargets.cmake
  DESTINATION "${cmake_folder}")

set(pkgconfig_folder "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
file(RELATIVE_PATH prefix_from_pkgconfig
  "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig" "${CMAKE_INSTALL_PREFIX}")
string(REGEX REPLACE "/$" "" prefix_from_pkgconfig "${prefix_from_pkgconfig}")
set(prefix "\${prefix}")
cmake_path(APPEND prefix "${CMAKE_INSTALL_INCLUDEDIR}" OUTPUT_VARIABLE include_folder)
cmake_path(APPEND prefix "${CMAKE_INSTALL_LIBDIR}" OUTPUT_VARIABLE library_folder)
configure_file(cmake/socketio.pc.in socketio.pc @ONLY)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/socketio.pc" DESTINATION "${pkgconfig_folder}")
