/* A session: one nation's conversation with one partner, both directions.
 *
 * Pure: frames and times come in, frames and records come out; the shell signs, seals, opens and
 * verifies. The state holds no pointers. The order of life:
 *
 *   session_init            once, when the partner is first configured
 *   session_boot            at every process start, before anything else (a journalled event)
 *   session_append          for every record released to the partner
 *   session_receive         for every frame that was opened and verified
 *   session_committed       when the journal says that inputs up to a position are durable
 *   session_link_made       when the carrier has a connection again
 *   session_next_frame      until it says no, after each of these and at session_next_time
 *
 * Persist, then send: frames taken after a step may leave only when that step is durable. That is
 * the caller's to keep. Acknowledgements keep it by themselves: they name only what was committed.
 *
 * Nothing but hellos and heartbeats leaves before the partner's signed memory was compared with the
 * ledger. Hellos are repeated until the partner has heard this process start.
 *
 * A copy of a node is told from a restart by what the partner has heard. If it has heard a start of
 * this nation that is not this one and whose counter is not lower, this session is superseded: a
 * node that was restored from an old copy starts again with a higher counter and goes on (what it
 * has forgotten, the partner's memory shows); one that was heard before is no longer alone with its
 * nation's keys, and says nothing more to that partner until its next start. */
#ifndef WATCHFIRE_SHARE_SESSION_H
#define WATCHFIRE_SHARE_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/id.h"
#include "base/instant.h"
#include "base/result.h"
#include "model/record.h"
#include "share/frame.h"
#include "share/ledger.h"
#include "share/policy.h"
#include "share/release.h"
#include "share/sequence_set.h"
#include "share/window.h"

#define SESSION_HELLO_NS NS_PER_S              /* between two hellos while not heard */
#define SESSION_HELLO_ANSWER_NS (NS_PER_S / 4) /* at least, between two hellos */
/* Acknowledgements leave at these instants only, and name what had come when the one before began:
 * a commit has one whole period at least, so that how long it took does not show. */
#define SESSION_ACK_NS (50 * NS_PER_MS)
#define SESSION_ACK_PHASE_NS (25 * NS_PER_MS)
#define SESSION_HEARTBEAT_NS NS_PER_S /* fixed period, phase 0 */
#define SESSION_UP_NS (3 * SESSION_HEARTBEAT_NS)
#define SESSION_RETELL_NS (2500 * NS_PER_MS) /* until a gap is told again */
#define SESSION_LIVE_REPEATS 2           /* records before the newest that go along with it … */
#define SESSION_REPEAT_NS (NS_PER_S / 4) /* … if they were sent at least this long ago */
#define SESSION_ON_THE_WAY_NS (25 * NS_PER_MS) /* not lost with what was sent before */
#define SESSION_RETRANSMIT_DOUBLINGS 3         /* the wait doubles up to so many times per record */
#define SESSION_LOOK_NS (NS_PER_S / 4)         /* at least, between two looks for what was lost */
#define SESSION_PENDING_MAX 128                /* received runs that wait for a commit */

/* Why something that arrived was refused. Counted, never answered. The first ones are found by the
 * shell when it opens a frame and are handed to session_refused. */
enum session_refusal {
    REFUSED_NONE,
    REFUSED_FORMAT,       /* not a frame: too short, too long, unknown version */
    REFUSED_ROUTE,        /* not from a partner, not to us, or of another domain */
    REFUSED_NO_KEY,       /* sealed for a process start that we have not heard of */
    REFUSED_SEAL,         /* the seal does not open: altered on the way, or another key */
    REFUSED_REPLAY,       /* the same sealed frame again */
    REFUSED_SIGNATURE,    /* opens, but the signature does not verify */
    REFUSED_CANONICAL,    /* signed, but not in canonical form */
    REFUSED_VERSION,      /* no schema version in common */
    REFUSED_OLD_EPOCH,    /* from an earlier process start or ledger */
    REFUSED_STATE,        /* not expected now: a batch before any hello */
    REFUSED_SCATTERED,    /* too many holes before it: comes again */
    REFUSED_BUSY,         /* too much waits for the journal: comes again */
    REFUSED_HISTORY,      /* contradicts what the partner sent before: kept as proof */
    REFUSED_RECORD,       /* a record in an accepted batch that is not valid or not for us */
    REFUSED_KEYS,         /* its key list is not signed by the pinned root, or an earlier one */
    REFUSED_EQUIVOCATION, /* the root signed two key lists with one number: an alarm */
    REFUSED_SUPERSEDED    /* it has heard a later start of this nation, or a copy of this node */
};
#define SESSION_REFUSAL_COUNT 18

/* What a process start brings; journalled, so that replay needs no random numbers. */
struct session_boot {
    struct frame_epoch epoch; /* counter greater than at any start before */
    uint8_t ephemeral_public[32];
};

struct session_counters {
    uint64_t appended;     /* records put into the ledger */
    uint64_t acknowledged; /* of these, known to be durable at the partner */
    uint64_t sent_frames;
    uint64_t sent_records; /* repeats included */
    uint64_t received;     /* records taken, each once */
    uint64_t repeated;     /* records that were already here */
    uint64_t gone;         /* records that the partner says are gone or withdrawn */
    uint64_t regressions;  /* the partner forgot what it had acknowledged */
    uint64_t rebases;      /* we had forgotten what the partner remembers: an alarm */
    uint64_t histories;    /* contradictions in the partner's history or keys: an alarm */
    uint64_t refused[SESSION_REFUSAL_COUNT];
};

/* A received run that is not acknowledged yet. */
struct session_pending {
    uint64_t position;       /* of the input that brought the last of it */
    struct instant received; /* likewise */
    struct sequence_range run;
    bool skip; /* a gap: everything up to run.last */
};

/* The last contradiction found: two heads at one sequence. */
struct session_proof {
    bool found;
    uint64_t sequence;
    struct digest ours;
    struct digest theirs;
};

/* A signed key list; number 0 = none. */
struct session_keys {
    uint64_t number;
    uint32_t size;
    uint8_t bytes[KEY_LIST_BYTES_MAX];
};

struct session {
    struct nation_id self;
    struct nation_id partner;
    struct digest_key key; /* of this nation for this partner: salts */
    struct session_boot boot;
    uint32_t hello_number;
    struct instant hello_sent; /* unset = never in this boot */
    bool hello_due;            /* the partner asked, or has to be told */
    bool ledger_is_new; /* begun anew, and the partner has said nothing that shows it knows */
    bool heard_us;      /* the partner's last hello names our boot */
    bool was_heard;     /* some hello named our boot since it began */
    struct frame_epoch superseded;   /* the start of ours that the partner puts above this one */
    bool usurped;                    /* superseded after it was heard: silent from then on */
    bool open;                       /* the partner's memory was compared in this boot */
    uint32_t newest;                 /* the newest version that we speak */
    uint32_t schema;                 /* the version that both speak; 0 = not known yet */
    struct frame_epoch partner_boot; /* the newest heard of */
    uint32_t partner_hello_number;
    struct instant last_heard;
    struct instant ack_at;         /* the next acknowledgement; unset = nothing to say */
    bool ack_again;                /* even if nothing is new: the partner may not have had it */
    uint64_t committed_to;         /* inputs up to this position are on our disk */
    struct instant heartbeat_slot; /* the last phase at which one was considered */
    uint64_t live_next;            /* the first sequence never offered to the live lane */
    uint64_t urgent_next;    /* notices and warnings from here down go again, live; 0 = none do */
    uint64_t repair_next;    /* nothing before it is to be sent now */
    struct instant look_at;  /* when to look next for what was lost */
    struct instant gap_sent; /* when the partner was last told of dropped entries */
    struct window window;
    uint64_t partner_last;       /* the newest sequence that the partner says exists */
    struct sequence_set here;    /* taken from the partner */
    struct sequence_set durable; /* of these, acknowledged or to be: on our disk */
    /* Ranges of `here` that lie ahead of a hole came before the partner's present start. Its disk
     * may have forgotten them: until the hole is filled no acknowledgement names them. */
    bool ahead_is_old;
    uint32_t pending_count;
    struct session_pending pending[SESSION_PENDING_MAX]; /* by position */
    struct session_proof proof;
    struct session_keys keys;         /* ours, which every hello brings to the partner */
    struct session_keys partner_keys; /* the partner's that the shell took */
    uint64_t keys_confirmed;          /* the number of ours that the partner says it holds */
    struct session_counters counters;
    struct ledger ledger;
};

/* Records taken from one frame, in order of sequence. */
struct session_delivery {
    enum session_refusal refusal; /* REFUSED_NONE = the frame was taken */
    uint32_t count;
    uint64_t sequences[FRAME_RECORDS_MAX];
    struct record records[FRAME_RECORDS_MAX];
    /* New entries that are other nations' records, to be opened by whoever knows their keys. */
    uint32_t relayed_count;
    uint64_t relayed[FRAME_RECORDS_MAX]; /* their sequences */
};

/* `key`: the owner's secret for this partner and domain. The ledger begins at the first boot. */
void session_init(struct session *s, struct nation_id self, struct nation_id partner,
                  const struct digest_key *key);

/* Speaks no newer version of the wire than this one, CODEC_SCHEMA_MIN to CODEC_SCHEMA_MAX: as a
 * program of that version would. Before the first boot. */
void session_speak(struct session *s, uint32_t newest);

/* A process start. ERR_STATE if the epoch's counter is not greater than before. */
MUST_USE result session_boot(struct session *s, const struct session_boot *boot,
                             struct instant now);

/* Puts a released record into the ledger; returns its sequence. After the first boot only. */
uint64_t session_append(struct session *s, const struct released_record *record,
                        struct instant now);

/* The policy changed: withdraws what waits and would no longer be released. `may_have`: as in a
 * release_request. Returns how many. */
uint32_t session_recheck(struct session *s, const struct policy *policy, uint32_t may_have,
                         struct instant now);

/* That nation's grant is another one, or counts no more: withdraws what waits by it. Returns how
 * many. */
uint32_t session_withdraw_relayed(struct session *s, struct nation_id owner, struct instant now);

/* Takes a plain frame that the shell opened and verified as coming from the partner.
 *
 *   position  the journal position of this input; never less than before
 *   out       the records in it that are new, each delivered once; they are states, complete in
 *             themselves, so those that arrive early are not held back. Or why it was refused. */
void session_receive(struct session *s, struct bytes plain, uint64_t position, struct instant now,
                     struct session_delivery *out);

/* A frame that claimed to come from the partner and that the shell refused. */
void session_refused(struct session *s, enum session_refusal why, struct instant now);

/* Our own key list is now this one, with that number: hellos bring it to the partner, and are
 * repeated until the partner says that it holds it. */
void session_take_keys(struct session *s, uint64_t number, struct bytes signed_list);

/* The shell took a key list of the partner, with that number. Kept, so that a node that starts from
 * a snapshot has it. */
void session_take_partner_keys(struct session *s, uint64_t number, struct bytes signed_list);

/* All inputs up to this position are durable. */
void session_committed(struct session *s, uint64_t position, struct instant now);

/* The carrier has a connection to the partner again. What it lost on the way is to be sent again,
 * the newest first, and the partner is told where we stand. */
void session_link_made(struct session *s, struct instant now);

/* The next frame to send now, appended to `out` (give it room for FRAME_BYTES_MAX, or a batch is
 * cut to what fits; with less than 4 KiB nothing comes). False = nothing to send now. */
bool session_next_frame(struct session *s, struct instant now, enum frame_lane *lane,
                        struct byte_writer *out);

/* When session_next_frame may have something again, if nothing else happens first. */
struct instant session_next_time(const struct session *s, struct instant now);

/* Heard from within three heartbeats. */
bool session_is_up(const struct session *s, struct instant now);

/* Records that the partner says exist and that are not here. */
uint64_t session_missing(const struct session *s);

const char *session_refusal_text(enum session_refusal why);

#endif
