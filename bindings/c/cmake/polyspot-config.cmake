# find_package(polyspot) gives the targets polyspot::polyspot (shared) and polyspot::static.

get_filename_component(_polyspot_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)

if(NOT TARGET polyspot::polyspot)
  add_library(polyspot::polyspot SHARED IMPORTED)
  set_target_properties(polyspot::polyspot PROPERTIES
    IMPORTED_LOCATION "${_polyspot_prefix}/lib/libpolyspot.so"
    INTERFACE_INCLUDE_DIRECTORIES "${_polyspot_prefix}/include")

  find_package(Threads REQUIRED)
  add_library(polyspot::static STATIC IMPORTED)
  set_target_properties(polyspot::static PROPERTIES
    IMPORTED_LOCATION "${_polyspot_prefix}/lib/libpolyspot.a"
    INTERFACE_INCLUDE_DIRECTORIES "${_polyspot_prefix}/include"
    INTERFACE_LINK_LIBRARIES "Threads::Threads;m;dl;gcc_s")
endif()

unset(_polyspot_prefix)
