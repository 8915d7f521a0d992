/* The way in: datagrams are read in batches, and a picture's packet that is simply the next of its stream is opened,
 * counted, kept and queued for its listeners without Python.
 *
 * Everything else is handed to Python as it came: checks, handshakes, reports, voices, strangers, streams it has not let
 * in (`fast`), holes, copies, repairs, padding. What is done here is what `Connection._on_srtp`, `PublishConnection.on_rtp`,
 * `Track.accept` and `Pacer` do with such a packet; the words are explained there. All memory belongs to Python.
 */
#define _GNU_SOURCE
#include "kernel.h"
#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <time.h>

#define BATCH 64
#define DATAGRAM 1500 /* as limits.DATAGRAM */
#define RING 512      /* as inbound.RING */
#define STREAMS 16    /* as limits.PUBLISH_SSRCS */
#define ARRIVALS 1024 /* noted between two feedbacks to one publisher; further ones are Python's */
#define WAITING 4096  /* packets that wait to be forwarded */
#define BOOK 16384    /* places for addresses; a power of two, half of it is used at most */
#ifndef TOO_LATE
#define TOO_LATE 1.0  /* seconds, as pacing.TOO_LATE */
#endif
#define SENT_ID 2     /* as negotiate.SENT_ID */

enum { RAW, OPENED, FALSE_ONE, TOO_MANY }; /* what is handed to Python, and why */

struct purse { /* as limits.Purse */
    double packets, bytes, reports, at;
};

struct arrivals { /* as bandwidth.Arrivals */
    uint32_t count, ssrc;
    uint16_t number[ARRIVALS];
    double at[ARRIVALS];
};

struct kept { /* one packet for listeners who missed it */
    int64_t number;
    uint32_t timestamp;
    int32_t marker, size, picture_id, picture_id_at, picture_id_wide, tl0, tl0_at, frame_at, keyframe;
    uint8_t payload[PACKET];
};

struct lane { /* one stream of pictures, as inbound.Track */
    int32_t fast; /* Python has nothing to decide about its next packet */
    int32_t open; /* the room may see it */
    uint32_t ssrc;
    int32_t payload_type, wide_id, clock;
    int64_t highest, skipped, packets, octets, keyframes;
    double heard_at, jitter, transit; /* transit: NaN before the first packet */
    int32_t keyframe_wanted, height, stale;
    uint32_t batch; /* in which one of its packets was Python's: those behind it are, too */
    struct table *table; /* 0: nobody in stride */
    struct kept *ring;
};

struct sender { /* one publish connection */
    void *context; /* libsrtp's, of what it sends */
    struct purse *purse;
    struct arrivals *arrivals;
    struct lane *lanes[STREAMS];
    int64_t packets, bytes;
    int32_t count, open;
    uint32_t number, unused;
};

struct key { /* an address on one of our sockets */
    int32_t fd;
    uint16_t family, port;
    uint8_t ip[16];
    uint32_t scope;
};

struct handed {
    int32_t why;
    uint32_t size, address_size, sender;
    double now;
    uint32_t came; /* bytes on the wire */
    uint8_t address[28];
};

struct intake {
    protect_t protect, unprotect;
    double most_packets, most_bytes, most_reports; /* a second, of one purse */
    int64_t too_late, not_sent;
    uint32_t head, tail;
    int32_t known, handed;
    uint32_t batch, unused;
    struct {
        struct lane *lane; /* 0: number is -1: Python's turn; -2: withdrawn */
        int64_t number;
        double came_at;
    } waiting[WAITING];
    struct {
        struct key key;
        struct sender *sender; /* 0: free */
    } book[BOOK];
    struct handed out[BATCH];
    uint8_t data[BATCH][DATAGRAM + 4];
};

void parley_sizes(int *to)
{
    to[0] = (int)sizeof(struct intake);
    to[1] = (int)sizeof(struct sender);
    to[2] = (int)sizeof(struct lane);
    to[3] = (int)sizeof(struct kept);
    to[4] = (int)sizeof(struct table);
    to[5] = (int)sizeof(struct arrivals);
}

static double clock_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)((int64_t)t.tv_sec * 1000000000 + t.tv_nsec) / 1e9;
}

static uint32_t get16(const uint8_t *at) { return (uint32_t)at[0] << 8 | at[1]; }
static uint32_t get32(const uint8_t *at) { return get16(at) << 16 | get16(at + 2); }

/* ── who is where ── */

static void key_of(struct key *key, int fd, const uint8_t *ip, int size, uint32_t port, uint32_t scope)
{
    memset(key, 0, sizeof *key);
    key->fd = fd;
    key->family = (uint16_t)size;
    key->port = (uint16_t)port;
    memcpy(key->ip, ip, (size_t)size);
    key->scope = scope;
}

static uint32_t home(const struct key *key)
{
    const uint8_t *at = (const uint8_t *)key;
    uint64_t hash = 14695981039346656037u;
    for (size_t n = 0; n < sizeof *key; n++)
        hash = (hash ^ at[n]) * 1099511628211u;
    return (uint32_t)(hash ^ hash >> 32) & (BOOK - 1);
}

static uint32_t place_of(const struct intake *in, const struct key *key)
{
    uint32_t at = home(key);
    while (in->book[at].sender && memcmp(&in->book[at].key, key, sizeof *key) != 0)
        at = (at + 1) & (BOOK - 1);
    return at;
}

/* This address is that sender's from now on. Returns 0, or -1 when the book is full: Python reads for it then. */
int parley_know(struct intake *in, int fd, const uint8_t *ip, int size, int port, uint32_t scope, struct sender *sender)
{
    struct key key;
    key_of(&key, fd, ip, size, (uint32_t)port, scope);
    uint32_t at = place_of(in, &key);
    if (!in->book[at].sender) {
        if (in->known >= BOOK / 2)
            return -1;
        in->known++;
        in->book[at].key = key;
    }
    in->book[at].sender = sender;
    return 0;
}

/* Nobody's any more. Those behind it move up, so that looking for them does not end at the hole. */
void parley_unknow(struct intake *in, int fd, const uint8_t *ip, int size, int port, uint32_t scope)
{
    struct key key;
    key_of(&key, fd, ip, size, (uint32_t)port, scope);
    uint32_t hole = place_of(in, &key);
    if (!in->book[hole].sender)
        return;
    in->known--;
    for (uint32_t at = (hole + 1) & (BOOK - 1); in->book[at].sender; at = (at + 1) & (BOOK - 1))
        if (((at - home(&in->book[at].key)) & (BOOK - 1)) >= ((at - hole) & (BOOK - 1))) {
            in->book[hole] = in->book[at];
            hole = at;
        }
    in->book[hole].sender = 0;
}

/* ── one packet ── */

static int take(const struct intake *in, struct purse *purse, uint32_t size, double now)
{
    double passed = now - purse->at;
    if (passed > 0) {
        purse->at = now;
        purse->packets = fmin(in->most_packets, purse->packets + passed * in->most_packets);
        purse->bytes = fmin(in->most_bytes, purse->bytes + passed * in->most_bytes);
        purse->reports = fmin(in->most_reports, purse->reports + passed * in->most_reports);
    }
    if (purse->packets < 1 || purse->bytes < size)
        return 0;
    purse->packets -= 1;
    purse->bytes -= size;
    return 1;
}

/* Where the payload of an RTP packet begins; -1 when it is none, or one Python should look at. */
static int start_of(const uint8_t *data, uint32_t size)
{
    uint32_t start = 12 + 4 * (data[0] & 15u);
    if (data[0] >> 6 != 2 || data[0] & 0x20) /* padding: a probe, mostly */
        return -1;
    if (data[0] & 0x10) {
        if (size < start + 4)
            return -1;
        start += 4 + 4 * get16(data + start + 2);
    }
    return start < size ? (int)start : -1;
}

/* The transport-wide number (RFC 8285, elements of one byte); -1 when there is none, -2 when Python should look. */
static int wide_number(const uint8_t *data, int start, int wanted)
{
    int at = 12 + 4 * (data[0] & 15);
    if (!(data[0] & 0x10))
        return -1;
    if (get16(data + at) != 0xBEDE)
        return -2;
    for (at += 4; at < start;) {
        int length = (data[at] & 15) + 1;
        if (data[at] == 0) {
            at++;
            continue;
        }
        if (at + 1 + length > start)
            return -1;
        if (data[at] >> 4 == wanted)
            return length == 2 ? (int)get16(data + at + 1) : -1;
        at += 1 + length;
    }
    return -1;
}

/* As vp8.parse; 0 when the payload is too short for what it announces. */
static int describe(const uint8_t *payload, int size, struct kept *to)
{
    int at = 1;
    to->picture_id = to->tl0 = -1;
    to->picture_id_at = to->picture_id_wide = to->tl0_at = 0;
    if (size < 2)
        return 0;
    if (payload[0] & 0x80) {
        int flags = payload[1];
        at = 2;
        if (flags & 0x80) {
            if (at + 1 >= size)
                return 0;
            to->picture_id_wide = payload[at] > 127;
            to->picture_id_at = at;
            to->picture_id = to->picture_id_wide ? (payload[at] & 0x7F) << 8 | payload[at + 1] : payload[at];
            at += to->picture_id_wide ? 2 : 1;
        }
        if (flags & 0x40) {
            if (at >= size)
                return 0;
            to->tl0 = payload[at];
            to->tl0_at = at++;
        }
        if (flags & 0x30)
            at++;
    }
    if (at >= size)
        return 0;
    to->frame_at = at;
    to->keyframe = (payload[0] & 0x17) == 0x10 && !(payload[at] & 1);
    return 1;
}

static void measure(struct lane *lane, uint32_t timestamp, uint32_t octets, double now)
{
    double transit = now * lane->clock - timestamp;
    lane->packets++;
    lane->octets += octets;
    if (!isnan(lane->transit)) {
        double difference = fabs(transit - lane->transit);
        if (difference < (double)lane->clock * 5)
            lane->jitter += (difference - lane->jitter) / 16;
    }
    lane->transit = transit;
    lane->heard_at = now;
}

static void note(struct arrivals *arrivals, int number, uint32_t ssrc, double now)
{
    arrivals->number[arrivals->count] = (uint16_t)number;
    arrivals->at[arrivals->count++] = now;
    arrivals->ssrc = ssrc;
}

/* A picture that can be decoded from here, and how high it is (RFC 6386 9.1). */
static void begin(struct lane *lane, const struct kept *one)
{
    const uint8_t *frame = one->payload + one->frame_at;
    lane->keyframe_wanted = 0;
    lane->keyframes++;
    if (one->size >= one->frame_at + 10 && frame[3] == 0x9D && frame[4] == 0x01 && frame[5] == 0x2A) {
        int height = (frame[8] | frame[9] << 8) & 0x3FFF;
        if (height)
            lane->height = height;
    }
}

static struct lane *lane_of(const struct sender *sender, uint32_t ssrc)
{
    for (int n = 0; n < sender->count; n++)
        if (sender->lanes[n]->ssrc == ssrc)
            return sender->lanes[n];
    return 0;
}

/* What becomes of one packet of a lane: -1 when it is done with, else why it is Python's. `data` is opened in place. */
static int look_at(struct intake *in, struct sender *sender, struct lane *lane, uint8_t *data, uint32_t *size, double now)
{
    const uint32_t came = *size;
    int length = (int)came, start, wide;
    struct kept *one;
    struct kept found;

    if (!lane->fast || lane->batch == in->batch || (data[1] & 0x7F) != lane->payload_type ||
        get16(data + 2) != ((uint64_t)(lane->highest + 1) & 0xFFFF))
        return RAW;
    start = start_of(data, came);
    wide = start < 0 ? -2 : wide_number(data, start, lane->wide_id);
    if (wide == -2 || sender->arrivals->count >= ARRIVALS || in->tail - in->head >= WAITING)
        return RAW;
    if (in->unprotect(sender->context, data, &length) != 0)
        return FALSE_ONE;
    *size = (uint32_t)length;
    if (length <= start || length - start > PACKET || !describe(data + start, length - start, &found))
        return OPENED;
    if (!take(in, sender->purse, came, now))
        return TOO_MANY;
    sender->packets++;
    sender->bytes += came;
    if (wide >= 0)
        note(sender->arrivals, wide, lane->ssrc, now);
    measure(lane, get32(data + 4), (uint32_t)(length - start), now);
    lane->stale = 0;
    lane->highest++;
    one = lane->ring + (uint64_t)(lane->highest - lane->skipped) % RING;
    memcpy(one, &found, offsetof(struct kept, payload));
    one->number = lane->highest - lane->skipped;
    one->timestamp = get32(data + 4);
    one->marker = data[1] > 127;
    one->size = length - start;
    memcpy(one->payload, data + start, (size_t)one->size);
    if (one->keyframe)
        begin(lane, one);
    if (lane->open && lane->table) {
        in->waiting[in->tail % WAITING].lane = lane;
        in->waiting[in->tail % WAITING].number = one->number;
        in->waiting[in->tail++ % WAITING].came_at = now;
    }
    return -1;
}

/* The same, of any datagram. What comes behind a packet that Python must see is Python's too, in the order it came. */
int parley_admit(struct intake *in, struct sender *sender, uint8_t *data, uint32_t *size, double now)
{
    struct lane *lane;
    int why;

    if (!sender || !sender->open || *size < 12 || *size > DATAGRAM || (data[1] >= 192 && data[1] <= 223))
        return RAW;
    lane = lane_of(sender, get32(data + 8));
    if (!lane)
        return RAW;
    why = look_at(in, sender, lane, data, size, now);
    if (why == RAW || why == OPENED)
        lane->batch = in->batch;
    return why;
}

static struct sender *sender_at(const struct intake *in, int fd, const struct sockaddr_storage *from)
{
    struct key key;
    if (from->ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)from;
        key_of(&key, fd, (const uint8_t *)&v4->sin_addr, 4, ntohs(v4->sin_port), 0);
    } else {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)from;
        key_of(&key, fd, (const uint8_t *)&v6->sin6_addr, 16, ntohs(v6->sin6_port), v6->sin6_scope_id);
    }
    return in->book[place_of(in, &key)].sender;
}

/* Reads a batch. Returns how many datagrams there were; those that are Python's are in `out`, in the order they came. */
int parley_receive(struct intake *in, int fd)
{
    struct mmsghdr messages[BATCH];
    struct iovec pieces[BATCH];
    struct sockaddr_storage from[BATCH];
    int count, tries = 0;

    in->handed = 0;
    in->batch++;
    memset(messages, 0, sizeof messages);
    for (int n = 0; n < BATCH; n++) {
        pieces[n].iov_base = in->data[n];
        pieces[n].iov_len = sizeof in->data[n];
        messages[n].msg_hdr.msg_iov = pieces + n;
        messages[n].msg_hdr.msg_iovlen = 1;
        messages[n].msg_hdr.msg_name = from + n;
        messages[n].msg_hdr.msg_namelen = sizeof from[n];
    }
    do
        count = recvmmsg(fd, messages, BATCH, MSG_DONTWAIT, 0);
    while (count < 0 && errno != EAGAIN && ++tries < BATCH); /* an ICMP error of an earlier send */
    for (int n = 0; n < count; n++) {
        uint32_t size = messages[n].msg_len, came = size;
        double now = clock_now();
        struct sender *sender = in->known ? sender_at(in, fd, from + n) : 0;
        int why = parley_admit(in, sender, in->data[n], &size, now);
        struct handed *out;
        if (why < 0)
            continue;
        out = in->out + in->handed;
        if (in->handed != n)
            memcpy(in->data[in->handed], in->data[n], size < DATAGRAM + 4 ? size : DATAGRAM + 4);
        in->handed++;
        out->why = why;
        out->size = size;
        out->sender = sender ? sender->number : 0;
        out->now = now;
        out->came = came;
        out->address_size = messages[n].msg_hdr.msg_namelen;
        memcpy(out->address, from + n, sizeof out->address);
    }
    return count < 0 ? 0 : count;
}

/* ── out ── */

/* Python has a packet of its own to forward when everything before it is out. Returns 0, or -1: no place. */
int parley_mark(struct intake *in)
{
    if (in->tail - in->head >= WAITING)
        return -1;
    in->waiting[in->tail % WAITING].lane = 0;
    in->waiting[in->tail++ % WAITING].number = -1;
    return 0;
}

/* Nothing of this lane is forwarded any more: its memory may go. */
void parley_withdraw(struct intake *in, const struct lane *lane)
{
    for (uint32_t at = in->head; at != in->tail; at++)
        if (in->waiting[at % WAITING].lane == lane) {
            in->waiting[at % WAITING].lane = 0;
            in->waiting[at % WAITING].number = -2;
        }
}

static void forward(struct intake *in, struct lane *lane, int64_t number, double came_at, double now)
{
    const struct kept *one = lane->ring + (uint64_t)number % RING;
    struct table *table = lane->table;
    uint32_t moment = (uint32_t)(int64_t)(now * 262144.0) & 0xFFFFFF;
    const uint8_t stamp[8] = {0xBE, 0xDE, 0, 1, SENT_ID << 4 | 2, (uint8_t)(moment >> 16), (uint8_t)(moment >> 8), (uint8_t)moment};
    struct packet packet;

    if (!lane->open || !table || one->number != number)
        return;
    if (now - came_at > TOO_LATE) {
        in->too_late++;
        lane->keyframe_wanted = 1;
        return;
    }
    packet = (struct packet){.number = number, .timestamp = one->timestamp, .marker = one->marker,
                             .picture_id = one->picture_id, .picture_id_at = one->picture_id_at,
                             .picture_id_wide = one->picture_id_wide, .tl0 = one->tl0, .tl0_at = one->tl0_at,
                             .extension_size = sizeof stamp, .payload_size = one->size};
    if (number > table->newest) {
        table->newest = number;
        table->newest_at = came_at;
        table->timestamp = one->timestamp;
        table->picture_id = one->picture_id;
        table->tl0 = one->tl0;
    }
    in->not_sent += parley_fan(in->protect, table->rows, table->count, &packet, stamp, one->payload);
}

/* Forwards what waits, until then at most: 0 when nothing waits any more, 1 when more does, 2 when it is Python's turn. */
int parley_flush(struct intake *in, double until)
{
    double now = clock_now();
    while (in->head != in->tail) {
        uint32_t at = in->head % WAITING;
        struct lane *lane = in->waiting[at].lane;
        if (now >= until)
            return 1;
        in->head++;
        if (lane)
            forward(in, lane, in->waiting[at].number, in->waiting[at].came_at, now);
        else if (in->waiting[at].number == -1)
            return 2;
        now = clock_now();
    }
    return 0;
}
