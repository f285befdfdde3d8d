/* Every capacity of the engine in one place. Memory is fixed after start. */
#ifndef WATCHFIRE_ENGINE_LIMITS_H
#define WATCHFIRE_ENGINE_LIMITS_H

#define LIMIT_NATIONS 8 /* self and partners */
#define LIMIT_PARTNERS 7
#define LIMIT_SENSORS 16  /* of one nation */
#define LIMIT_SCAN 1024   /* observations in one event */
#define LIMIT_TRACKS 512  /* own tracks of no event that are shown; there may be more */
#define LIMIT_EVENTS 256  /* events kept in the picture */
#define LIMIT_ORDERS 64   /* the latest orders of officers, that people can look at */
#define LIMIT_APPROVALS 2 /* officers who agree to one warning: nothing needs more of them */
/* Effects of one step for people: a full batch from a partner, and what is told of every event. */
#define LIMIT_EFFECTS 1024
/* And frames for each partner, with room of its own: none takes it from another. */
#define LIMIT_SENDS 16
#define LIMIT_SEND_BYTES (320 * 1024)
#define LIMIT_EFFECT_BYTES (LIMIT_PARTNERS * LIMIT_SEND_BYTES)

#endif
