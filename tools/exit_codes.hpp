// What the command's exit codes mean. Those of sysexits.h and of shells where one fits.
#pragma once

namespace conclave::tools {

inline constexpr int exit_ok = 0;
inline constexpr int exit_broken = 1;            // the demo saw a broken promise
inline constexpr int exit_usage = 64;            // options that can't be understood or obeyed
inline constexpr int exit_unavailable = 69;      // a port, a file or the cluster can't be had
inline constexpr int exit_internal = 70;         // a mistake of this program
inline constexpr int exit_temporary = 75;        // the lock was not had in time: try again
inline constexpr int exit_lost = 76;             // the lock was lost while the command ran
inline constexpr int exit_roster = 78;           // the voters refuse: other voters or lease there
inline constexpr int exit_not_executable = 126;  // as shells
inline constexpr int exit_not_found = 127;       // as shells
inline constexpr int exit_signal_base = 128;     // plus the signal, as shells

}  // namespace conclave::tools
