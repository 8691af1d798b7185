# Runs the steps of the test one by one; the first that fails ends it.
function(step)
  execute_process(COMMAND ${ARGN} COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(REMOVE_RECURSE ${work})
if(config)
  set(of_config --config ${config})
endif()
step(${CMAKE_COMMAND} --install ${build} ${of_config} --prefix ${work}/prefix)

# Only public headers may be there.
file(GLOB_RECURSE headers RELATIVE ${work}/prefix/include ${work}/prefix/include/*)
foreach(header IN LISTS headers)
  if(NOT header MATCHES "^conclave/.*\\.hpp$")
    message(FATAL_ERROR "installed, but no public header: ${header}")
  endif()
endforeach()

step(${CMAKE_COMMAND} -S ${consumer} -B ${work}/build -G ${generator}
  -D CMAKE_CXX_COMPILER=${compiler} -D CMAKE_BUILD_TYPE=${config}
  -D CMAKE_CXX_FLAGS_DEBUG=${flags_debug}
  -D CMAKE_PREFIX_PATH=${work}/prefix -D WITH_SIM=${sim})
step(${CMAKE_COMMAND} --build ${work}/build)
step(${work}/build/consumer)
if(sim)
  step(${work}/build/world_consumer)
endif()
