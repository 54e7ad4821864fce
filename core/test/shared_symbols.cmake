# Fails where an object file defines a symbol of which the linker keeps one copy for the whole program: inline functions
# and templates. Such a copy, compiled for one instruction set, would run on processors without it.
#   cmake -DNM=nm "-DOBJECTS=A.o|B.o" -P shared_symbols.cmake
string(REPLACE "|" ";" objects "${OBJECTS}")
if(NOT objects)
  message(FATAL_ERROR "No object file of kernels was given")
endif()
foreach(object ${objects})
  execute_process(COMMAND ${NM} -C ${object} OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "[^\n]* [WVu] [^\n]*" shared "${symbols}")
  if(shared)
    string(REPLACE ";" "\n" shared "${shared}")
    message(FATAL_ERROR "${object} shares functions with units for other processors; make them static or always inlined:\n${shared}")
  endif()
endforeach()
