# conclave_apart(<files>...)
#
# In a unity build several files of a target are compiled as one, which takes half the time. These
# have names of their own that a neighbour has too, so they are compiled alone.
function(conclave_apart)
  set_source_files_properties(${ARGN} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()
