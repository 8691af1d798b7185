// All that users of conclave include.
#pragma once

#include <conclave/config.hpp>
#include <conclave/counters.hpp>
#include <conclave/counting_semaphore.hpp>
#include <conclave/durable_shared_token_gate.hpp>
#include <conclave/durable_token_gate.hpp>
#include <conclave/error.hpp>
#include <conclave/fencing_token.hpp>
#include <conclave/grant.hpp>
#include <conclave/lease_clock.hpp>
#include <conclave/lock_all.hpp>
#include <conclave/lock_options.hpp>
#include <conclave/member.hpp>
#include <conclave/mutex.hpp>
#include <conclave/node.hpp>
#include <conclave/roster.hpp>
#include <conclave/run_while_held.hpp>
#include <conclave/shared_mutex.hpp>
#include <conclave/shared_token_gate.hpp>
#include <conclave/subscription.hpp>
#include <conclave/token_file.hpp>
#include <conclave/token_gate.hpp>
