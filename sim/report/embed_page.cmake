# cmake -DASSETS=<folder> -DSCRIPTS=<a.js,b.js> -DOUTPUT=<file.cpp> -P embed_page.cmake
#
# Puts the style and the scripts into page.html, and the page into a C++ source.
string(REPLACE "," ";" SCRIPTS "${SCRIPTS}")
file(READ ${ASSETS}/page.html page)
file(READ ${ASSETS}/style.css style)
set(script "")
foreach(name IN LISTS SCRIPTS)
  file(READ ${ASSETS}/${name} one)
  string(APPEND script "${one}\n")
endforeach()

# The part of `page` before a mark, and the part after it.
macro(split mark)
  string(FIND "${page}" "${mark}" at)
  if(at EQUAL -1)
    message(FATAL_ERROR "page.html has no ${mark}")
  endif()
  string(LENGTH "${mark}" length)
  string(SUBSTRING "${page}" 0 ${at} before)
  math(EXPR at "${at} + ${length}")
  string(SUBSTRING "${page}" ${at} -1 after)
endmacro()

split("<!-- style -->")
set(page "${before}<style>\n${style}</style>${after}")
split("<!-- scripts -->")
set(page "${before}<script>\n\"use strict\";\n${script}</script>${after}")
split("<!-- recording -->")

# Literals of what compilers must accept at least, each followed by a comma.
function(to_pieces text variable)
  set(pieces "")
  string(LENGTH "${text}" left)
  set(at 0)
  while(at LESS left)
    string(SUBSTRING "${text}" ${at} 8000 piece)
    string(APPEND pieces "  R\"conclave_page(${piece})conclave_page\",\n")
    math(EXPR at "${at} + 8000")
  endwhile()
  set(${variable} "${pieces}" PARENT_SCOPE)
endfunction()

to_pieces("${before}<script id=\"recording\" type=\"application/json\">" first)
to_pieces("</script>${after}" last)
file(WRITE ${OUTPUT} "// Made of sim/report/assets by embed_page.cmake.
#include \"sim/report/page_parts.hpp\"

namespace conclave::sim {

namespace {

constexpr std::string_view before[] = {
${first}};

constexpr std::string_view after[] = {
${last}};

}  // namespace

std::span<const std::string_view> page_before_recording() {
  return before;
}

std::span<const std::string_view> page_after_recording() {
  return after;
}

}  // namespace conclave::sim
")
