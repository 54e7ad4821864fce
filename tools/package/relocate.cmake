# cmake -DFILE=PROGRAM -P relocate.cmake: the program looks for its libraries in the folder torch beside it, and nowhere else.
file(RPATH_SET FILE "${FILE}" NEW_RPATH "\$ORIGIN/torch")
