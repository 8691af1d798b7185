# What `cmake --install` puts in place: the library, its public headers, and the files that let
# find_package(conclave) find them.
option(CONCLAVE_INSTALL "Install the library" ${PROJECT_IS_TOP_LEVEL})
if(NOT CONCLAVE_INSTALL OR NOT TARGET conclave)
  return()
endif()

include(CMakePackageConfigHelpers)

get_property(installed GLOBAL PROPERTY CONCLAVE_INSTALLED_TARGETS)
list(APPEND installed conclave)
list(REMOVE_DUPLICATES installed)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/conclave)

install(TARGETS ${installed} EXPORT conclave
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY include/conclave DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.hpp" PATTERN "conclave/sim" EXCLUDE)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

install(EXPORT conclave NAMESPACE conclave:: FILE conclaveTargets.cmake DESTINATION ${package_dir})

# The component sim: worlds for users' tests. Who does not ask for it needs nothing of it.
if(TARGET conclave_world)
  install(TARGETS conclave_world conclave_virtual EXPORT conclave_sim
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
    INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(DIRECTORY include/conclave/sim DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/conclave
    FILES_MATCHING PATTERN "*.hpp")
  install(EXPORT conclave_sim NAMESPACE conclave:: FILE conclaveSimTargets.cmake
    DESTINATION ${package_dir})
endif()
configure_package_config_file(
  ${CMAKE_CURRENT_LIST_DIR}/conclaveConfig.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/conclaveConfig.cmake
  INSTALL_DESTINATION ${package_dir})
# Before 1.0 a minor version may break its users.
write_basic_package_version_file(
  ${CMAKE_CURRENT_BINARY_DIR}/conclaveConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES
  ${CMAKE_CURRENT_BINARY_DIR}/conclaveConfig.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/conclaveConfigVersion.cmake
  DESTINATION ${package_dir})
