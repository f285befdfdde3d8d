/* The inside of a coalition's run: src/cli/coalition*.c only. */
#ifndef WATCHFIRE_CLI_COALITION_STATE_H
#define WATCHFIRE_CLI_COALITION_STATE_H

#include "base/random.h"
#include "engine/view.h"
#include "cli/coalition.h"
#include "cli/coalition_cross.h"
#include "cli/coalition_officer.h"
#include "cli/coalition_relay.h"
#include "cli/coalition_traitor.h"
#include "cli/coalition_trouble.h"
#include "cli/weak_journal.h"
#include "link/link_memory.h"
#include "node/keys.h"
#include "node/node_clock.h"
#include "node/performer.h"
#include "node/signed_here.h"
#include "sim/ordered.h"
#include "sim/warned.h"
#include "sim/witness.h"
#include "sim/world.h"

/* Frames that reach a node while it stands still. */
#define MEMBER_BACKLOG_MAX 1024

struct backlog_frame {
    uint32_t from;
    uint32_t size;
    uint8_t *data; /* owned */
};

/* One nation's node. */
struct member {
    struct coalition *coalition;
    uint32_t nation;
    uint32_t partner_nation[LIMIT_PARTNERS]; /* by partner index */
    struct keys keys;
    struct engine_config config;
    uint32_t spoke; /* at its last start */
    struct weak_journal journal;
    struct performer *performer; /* NULL = it is down */
    struct node_clock clock;
    struct instant floor;     /* its own time is never before this */
    struct instant next_tick; /* these are true times; INSTANT_LAST = not planned */
    struct instant write_ends;
    struct instant retry;
    struct instant wakes;              /* from being down or standing still */
    bool is_still;                     /* pauses */
    bool is_writing_again;             /* after a failure */
    uint32_t sends_left;               /* of a crash between sends */
    bool counts_sends;                 /* … which is on */
    uint64_t fault_done;               /* bit i = fault i has come about */
    uint64_t witnessed;                /* the journal was looked at up to here */
    bool disk_lied;                    /* ever */
    uint64_t rebases[LIMIT_PARTNERS];  /* of its sessions, as last seen */
    uint64_t histories[LIMIT_NATIONS]; /* likewise, by nation */
    /* Since when a partner is known to speak version 1 alone; unset = it is not. */
    struct instant earlier_since[LIMIT_PARTNERS];
    bool is_false;                         /* it lies, or did */
    struct order orders[TRIAL_FAULTS_MAX]; /* by fault; ORDER_NONE = not given, or over */
    struct ordered ordered;
    uint64_t grants; /* bit i = it passes on by the grant that fault i is */
    struct traitor_story stories[LIMIT_PARTNERS];
    struct random disk;        /* how long writes take */
    struct random starts;      /* which of them go on from a snapshot */
    struct snapshot *snapshot; /* on its disk; owned, NULL = none */
    struct instant snapshot_next;
    bool wants_snapshot; /* one was taken, and what is in it is not durable yet */
    uint32_t backlog_count;
    struct backlog_frame backlog[MEMBER_BACKLOG_MAX];
};

/* The newest track that one nation released to another. */
struct newest {
    struct track_id id; /* 0 = none */
    uint64_t position;  /* in the owner's journal */
    struct instant time;
    struct instant released; /* true time */
};

struct coalition {
    struct coalition_options options;
    struct coalition_counts *counts;
    struct coalition_finding *finding;
    const struct trial *trial;
    struct world world;
    struct link_memory *link;
    struct instant now; /* true time */
    struct instant end;
    struct witness *witness;
    struct warned warned[LIMIT_NATIONS][LIMIT_NATIONS]; /* owner, partner */
    struct newest newest[LIMIT_NATIONS][LIMIT_NATIONS];
    struct newest awaited[LIMIT_NATIONS][LIMIT_NATIONS]; /* at the inspection before */
    struct instant inspect_next;
    uint32_t inspections;
    struct view *view; /* scratch of inspections */
    struct member members[LIMIT_NATIONS];
    struct world_scan scan;
    struct instant forge_next;
    struct random lies;
    struct random chance; /* of forgers and floods */
    struct trouble_tape tape;
    struct cross_frames cross;
    struct signed_here signed_here;
    uint8_t forged[TROUBLE_FRAME_BYTES + 256];
    struct observation frozen[LIMIT_NATIONS][LIMIT_SENSORS]; /* validity unset = none yet */
    struct observation read[LIMIT_SCAN];                     /* scratch of whoever reads journals */
};

double coalition_now_s(const struct coalition *c);

/* Notes the first finding only. */
__attribute__((format(printf, 3, 4))) void coalition_find(struct coalition *c, char invariant,
                                                          const char *format, ...);
__attribute__((format(printf, 2, 3))) void coalition_tell(struct coalition *c, const char *format,
                                                          ...);

/* Whether fault number i is on now. */
bool coalition_is_on(const struct coalition *c, uint32_t number);

/* The fault of that kind that is on now for a node, or NULL. */
const struct trial_fault *coalition_fault(const struct coalition *c, uint32_t nation,
                                          enum trial_fault_kind kind);

/* Whether a nation's program is of the wire's earlier version now. */
static inline bool coalition_is_earlier(const struct coalition *c, uint32_t nation)
{
    return coalition_fault(c, nation, TRIAL_EARLIER) != NULL;
}

/* What its performer is given. */
struct performer_shell member_shell(struct member *m);

/* The node's own time. */
struct instant member_time(struct member *m);

/* Its keys and settings. */
void member_configure(struct member *m);

/* A process start, of the program that is there now. False, with a finding, if it fails. */
bool member_start(struct member *m);

/* The first start. ERR_IO without memory. */
MUST_USE result member_open(struct coalition *c, uint32_t nation);
void member_close(struct member *m);

/* The next time at which it wants member_turn. */
struct instant member_next(const struct member *m);

/* All that is due by itself: it wakes, ticks, writes. */
void member_turn(struct member *m);

void member_scan(struct member *m, const struct world_scan *scan);
void member_receive(struct member *m, uint32_t from, struct bytes sealed);

/* An officer's order. False if the node does not take it: then nothing has happened. */
bool member_order(struct member *m, const struct order *order);

/* The grants by which it passes on from now on. False if it does not take them. */
bool member_grants(struct member *m, const struct grant_set *grants);

/* Its faults that begin at a moment: pauses. */
void member_begin_faults(struct member *m);

/* After each step: what was acknowledged to it, what it forgot, whether all is within limits. */
void coalition_watch(struct member *m);

/* A record went into a ledger. */
void coalition_note_release(struct member *m, const struct engine *engine, const struct effect *e);

/* The node warns its own people, or ends a warning. */
void coalition_note_warning(struct member *m, const struct effect *e);

/* Once in a while: what people see. */
void coalition_inspect(struct coalition *c);

/* A record of one partner went, by its grant, into another's ledger. */
void coalition_note_relayed(struct member *m, const struct engine *engine, const struct effect *e);

/* A record of a partner entered its picture. */
void coalition_note_taken(struct member *m, const struct engine *engine, const struct effect *e);

/* What is on its disk since the last time. */
void coalition_read_journal(struct member *m);

/* At the end: of all, of one's log, and of one's journal from its beginning. */
void coalition_judge(struct coalition *c);
void coalition_judge_log(struct coalition *c, struct member *m);
void coalition_judge_journal(struct coalition *c, struct member *m);

const char *coalition_code(const struct coalition *c, uint32_t nation);

#endif
