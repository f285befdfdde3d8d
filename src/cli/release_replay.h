/* `watchfire release replay JOURNAL --policy NEW --to NATION`: what would they have received? */
#ifndef WATCHFIRE_CLI_RELEASE_REPLAY_H
#define WATCHFIRE_CLI_RELEASE_REPLAY_H

int release_replay(int argc, char **argv);

#endif
