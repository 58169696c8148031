# Puts the browser client's files into the library, so that the server has them wherever it runs:
# the assembler includes their bytes, and server/src/client_files.cpp reads what it has made.

set(npm_folder "${PROJECT_SOURCE_DIR}/web")
set(npm_client "${npm_folder}/node_modules/socket.io-client/dist")
set(SOCKETIO_CLIENT_FOLDER "${npm_client}"
  CACHE PATH "Folder with the browser client's files: dist of the npm package socket.io-client")

if(SOCKETIO_FETCH_CLIENT AND "${npm_folder}/package-lock.json" IS_NEWER_THAN
    "${npm_folder}/node_modules/.package-lock.json")
  message(STATUS "Getting the browser client with npm")
  execute_process(COMMAND npm ci --ignore-scripts --no-audit --no-fund
    WORKING_DIRECTORY "${npm_folder}" COMMAND_ERROR_IS_FATAL ANY)
endif()

# A build configures again when a file appears or vanishes.
file(GLOB client_files CONFIGURE_DEPENDS "${SOCKETIO_CLIENT_FOLDER}/socket.io.*")
if(NOT client_files AND NOT SOCKETIO_CLIENT_FOLDER STREQUAL npm_client)
  message(FATAL_ERROR "SOCKETIO_CLIENT_FOLDER has no browser client: ${SOCKETIO_CLIENT_FOLDER}")
elseif(NOT client_files)
  message(STATUS "There is no browser client in ${npm_folder}, so the server will not serve it: "
    "run npm ci there, or set SOCKETIO_FETCH_CLIENT or SOCKETIO_CLIENT_FOLDER")
endif()

# The package's version is the entity tag of the files.
set(version "")
cmake_path(GET SOCKETIO_CLIENT_FOLDER PARENT_PATH package)
cmake_path(APPEND package package.json)
if(client_files AND EXISTS "${package}")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${package}")
  file(READ "${package}" content)
  string(JSON version GET "${content}" version)
endif()

# All files in a row, and where each of them begins and ends. Their order is that of
# client_files.cpp; one that is not there has no bytes.
set(content "")
set(bounds "")
foreach(name IN ITEMS
    socket.io.js socket.io.js.map
    socket.io.min.js socket.io.min.js.map
    socket.io.msgpack.min.js socket.io.msgpack.min.js.map
    socket.io.esm.min.js socket.io.esm.min.js.map)
  set(file "${SOCKETIO_CLIENT_FOLDER}/${name}")
  string(APPEND content ".Lbegin_${name}:\n")
  string(APPEND bounds "  .4byte .Lbegin_${name} - socketio_client_content\n")
  if(file IN_LIST client_files)
    string(APPEND content "  .incbin \"${file}\"\n")
  endif()
endforeach()

set(assembly "${CMAKE_CURRENT_BINARY_DIR}/browser_client.S")
file(CONFIGURE OUTPUT "${assembly}" @ONLY CONTENT [[
  .section .rodata
  .global socketio_client_version
  .hidden socketio_client_version
socketio_client_version:
  .asciz "@version@"
  .global socketio_client_content
  .hidden socketio_client_content
socketio_client_content:
@content@.Lend:
  .global socketio_client_bounds
  .hidden socketio_client_bounds
  .balign 4
socketio_client_bounds:
@bounds@  .4byte .Lend - socketio_client_content
  .section .note.GNU-stack, "", %progbits
]])
set_source_files_properties("${assembly}" PROPERTIES OBJECT_DEPENDS "${client_files}")
target_sources(socketio PRIVATE "${assembly}")
