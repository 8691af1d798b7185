# conclave_pure_library(<folder> USES <folders> SOURCES <files>): one target for one pure folder.
function(conclave_pure_library folder)
  cmake_parse_arguments(arg "" "" "USES;SOURCES" ${ARGN})
  set(target conclave_${folder})
  add_library(${target} STATIC ${arg_SOURCES})
  target_include_directories(${target} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>)
  target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:conclave_options>)
  target_compile_features(${target} PUBLIC cxx_std_20)
  foreach(used IN LISTS arg_USES)
    target_link_libraries(${target} PUBLIC conclave_${used})
  endforeach()
  set_property(GLOBAL APPEND PROPERTY CONCLAVE_INSTALLED_TARGETS ${target})
endfunction()
