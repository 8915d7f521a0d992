/* What both halves of the native kernel share: `fanout.c` sends, `intake.c` receives. */
#ifndef PARLEY_KERNEL_H
#define PARLEY_KERNEL_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>

#define HEADER 12
#define PACKET 1400 /* bytes before protection, as limits.RTP_PACKET */
#define ROOM 160    /* for authentication tag and index */

typedef int (*protect_t)(void *context, void *packet, int *length);

struct row {
    void *context; /* libsrtp's, of this listener */
    int64_t first; /* packets with a smaller number are not for this row */
    uint64_t packets, octets, sent;
    uint32_t ssrc, number, timestamp, picture_id; /* the last three are added */
    uint32_t tl0;                                 /* added */
    int32_t payload_type, extra_type;             /* extra_type: RED, 0 = none */
    int32_t fd;
    uint32_t address_size;
    uint8_t address[28]; /* sockaddr_in or sockaddr_in6 */
};

struct packet {
    int64_t number;
    uint32_t timestamp;
    int32_t marker, redundant;
    int32_t picture_id, picture_id_at, picture_id_wide; /* picture_id < 0: absent */
    int32_t tl0, tl0_at;                                /* tl0 < 0: absent */
    int32_t extension_size, payload_size;
};

struct table { /* who gets every packet of one track */
    struct row *rows;
    int64_t newest; /* number of the newest packet sent from C; -1: none */
    double newest_at;
    int32_t count;
    uint32_t timestamp; /* of the newest */
    int32_t picture_id, tl0;
};

int parley_fan(protect_t protect, struct row *rows, int count, const struct packet *packet, const uint8_t *extension,
               const uint8_t *payload);

static inline void put16(uint8_t *to, uint32_t value)
{
    to[0] = (uint8_t)(value >> 8);
    to[1] = (uint8_t)value;
}

static inline void put32(uint8_t *to, uint32_t value)
{
    put16(to, value >> 16);
    put16(to + 2, value);
}

#endif
