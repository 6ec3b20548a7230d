// SPDX-License-Identifier: BSD-3-Clause
//
// The whole packet path as one translation unit, compiled once per instruction set
// (lib/dataplane/meson.build). All symbols but the entry are made local afterwards, so that the
// variants, and the baseline libraries that the control thread uses, do not mix at link time.

#include "../base/net_types.hpp"
#include "../forwarding/classify.cpp"
#include "../forwarding/forwarder.cpp"
#include "../forwarding/forwarder_bridge.cpp"
#include "../forwarding/forwarder_data.cpp"
#include "../forwarding/forwarder_igmp.cpp"
#include "../forwarding/forwarder_joins.cpp"
#include "../forwarding/forwarder_queries.cpp"
#include "../forwarding/forwarder_routers.cpp"
#include "../proto/checksum.cpp"
#include "../proto/igmp.cpp"
#include "../proto/mrd.cpp"
#include "../proto/pim.cpp"
#include "../table/group_join.cpp"
#include "../table/group_store.cpp"
#include "../table/group_table.cpp"
#include "../table/mac_table.cpp"
#include "../table/worker_messages.cpp"
#include "worker_loop.cpp"
