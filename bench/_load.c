/* The load of `bench media`: sends stamped RTP as publishers, receives and counts as hundreds of listeners. One thread.
 *
 * Python has done ICE and DTLS (`_wire.py`) and hands over the SRTP sessions; libsrtp's functions come from pylibsrtp.
 * One socket for everybody: each connection has an address of its own, told apart by IP_PKTINFO, so that one recvmmsg
 * reads for all. Every packet is decrypted and its stamp read: who sent it, its number, and when. Arrival is the
 * kernel's own time stamp, so a sink that is late in reading does not make the server look slow.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH 64
#define PACKET 2048
#define SSRCS 64 /* streams a listener may be sent; a power of two */
#define CHECK 256
#define WIDE 64       /* arrivals in one transport-wide feedback */
#define WIDE_EVERY 20 /* feedbacks a second, at most, as Chromium sends them */
#define MAGIC 0x50724c79u
#define STAMP 24       /* magic, flow, window, index, time */
#define ASK_AGAIN 1000 /* one packet in so many is asked for although it came, so that retransmission is at work */
#define BUCKETS 200000 /* of 10 microseconds: two seconds */
#define QUIET 0.5      /* seconds without a counted packet: nothing more comes */
#define SECOND 1000000000LL
/* Between looks at the socket. Whoever waits in poll is woken by the sender, in the sender's time: over one machine's own
 * network that would cost a server as much as its sending does, and listeners elsewhere cost it nothing. */
#define NAP 100000

typedef int (*srtp_f)(void *, void *, int *);

typedef struct { /* one stream of one publisher */
    int32_t peer, is_video;
    uint32_t ssrc, payload_type;
    uint32_t level_id, time_id, wide_id;  /* header extensions the server took; 0: none */
    uint32_t size;                        /* bytes of payload in a packet */
    uint32_t parts, key_parts, key_every; /* packets in a picture, in a keyframe; pictures from one to the next */
    uint32_t step;                        /* of the timestamp, from picture to picture */
    int64_t frame_ns, gap_ns, next;
    const uint8_t *clip;       /* real pictures or sound instead of stamps; 0: none */
    const int32_t *clip_parts; /* sizes of its packets; 0 after each picture, -1 at the end */
    /* state */
    uint32_t seq, timestamp, picture, since_key, part, of, is_key, want_key, clip_at, clip_part, index, packets, octets;
    int64_t asked;
} flow_t;

typedef struct { /* one stream as a listener hears it */
    uint32_t ssrc, highest, base, received, reported_expected, reported_received;
    uint32_t seen; /* middle of the last sender report's NTP time */
    int64_t seen_at;
} heard_t;

typedef struct { /* one connection */
    uint32_t remote;
    uint16_t port; /* network order */
    void *tx, *rx;
    int32_t listener;  /* row in the table of deliveries; -1: publishes */
    uint32_t ssrc;     /* of its own reports */
    uint32_t rtx_type; /* payload type of retransmissions */
    uint32_t received;
    uint16_t wide_number; /* transport-wide, of the next packet */
    uint32_t wide_id;     /* a listener's: header extension of packets whose arrival it reports; 0: none */
    uint32_t wide_ssrc, wide_count, wide_told;
    struct {
        uint16_t number;
        int64_t at;
    } wide[WIDE];      /* arrived since the last report */
    uint64_t pictures; /* bytes of pictures and probes since the last REMB */
    uint32_t estimate; /* bits a second, as told */
    int64_t estimated_at;
    int32_t check_size;
    uint8_t check[CHECK]; /* its connectivity check, as Python made it */
    heard_t heard[SSRCS];
} peer_t;

typedef struct { /* what one window brought */
    double seconds, server_cpu, own_cpu;
    uint64_t sent, received, due, delivered, repaired, copies, late;
    uint64_t bytes, nacks_sent, nacks_got, keyframes_asked, checks_answered, feedback_got, reports_got, bad, overflow,
        not_sent, goodbyes;
    double p50_ms, p95_ms, p99_ms, max_ms;
    double turn_ms; /* the longest this load itself was away from its socket */
} result_t;

typedef struct {
    int fd;
    uint32_t first; /* address of connection 0, host order; connection n is first + n */
    srtp_f protect, unprotect, protect_rtcp, unprotect_rtcp;
    peer_t *peers;
    int npeers;
    flow_t *flows;
    int nflows;
    int listeners, capacity;
    uint8_t *got;
    uint32_t *latencies;
    uint32_t window;
    int counting, sending;
    int64_t until;
    int64_t visited_from;
    uint64_t visited, told;
    uint32_t overflow_seen;
    result_t r;
    struct mmsghdr out[BATCH];
    struct iovec outv[BATCH];
    uint8_t outb[BATCH][PACKET];
    uint8_t outc[BATCH][CMSG_SPACE(sizeof(struct in_pktinfo))];
    struct sockaddr_in outa[BATCH];
    int nout;
    struct mmsghdr in[BATCH];
    struct iovec inv[BATCH];
    uint8_t inb[BATCH][PACKET];
    uint8_t inc[BATCH][256];
} load_t;

static int64_t clock_ns(clockid_t which)
{
    struct timespec t;
    clock_gettime(which, &t);
    return t.tv_sec * SECOND + t.tv_nsec;
}
static void put16(uint8_t *p, uint32_t v)
{
    p[0] = v >> 8;
    p[1] = v;
}
static void put32(uint8_t *p, uint32_t v)
{
    put16(p, v >> 16);
    put16(p + 2, v);
}
static void put64(uint8_t *p, uint64_t v)
{
    put32(p, v >> 32);
    put32(p + 4, (uint32_t)v);
}
static uint32_t get16(const uint8_t *p)
{
    return p[0] << 8 | p[1];
}
static uint32_t get32(const uint8_t *p)
{
    return get16(p) << 16 | get16(p + 2);
}
static uint64_t get64(const uint8_t *p)
{
    return (uint64_t)get32(p) << 32 | get32(p + 4);
}
static uint64_t ntp_now(void)
{
    int64_t t = clock_ns(CLOCK_REALTIME);
    return ((uint64_t)(t / SECOND + 2208988800LL) << 32) | (((uint64_t)(t % SECOND) << 32) / SECOND);
}

/* ── out ── */

static void flush_out(load_t *l)
{
    int done = 0;
    while (done < l->nout) {
        int n = sendmmsg(l->fd, l->out + done, l->nout - done, MSG_DONTWAIT);
        if (n <= 0) {
            l->r.not_sent++;
            n = 1;
        }
        done += n;
    }
    l->nout = 0;
}

static uint8_t *room(load_t *l)
{
    if (l->nout == BATCH)
        flush_out(l);
    return l->outb[l->nout];
}

static void queue_out(load_t *l, int from, int size)
{
    int i = l->nout++;
    peer_t *p = l->peers + from;
    struct sockaddr_in *a = l->outa + i;
    memset(a, 0, sizeof *a);
    a->sin_family = AF_INET;
    a->sin_addr.s_addr = p->remote;
    a->sin_port = p->port;
    l->outv[i].iov_base = l->outb[i];
    l->outv[i].iov_len = size;
    struct msghdr *m = &l->out[i].msg_hdr;
    memset(m, 0, sizeof *m);
    m->msg_name = a;
    m->msg_namelen = sizeof *a;
    m->msg_iov = l->outv + i;
    m->msg_iovlen = 1;
    m->msg_control = l->outc[i];
    m->msg_controllen = sizeof l->outc[i];
    memset(l->outc[i], 0, sizeof l->outc[i]);
    struct cmsghdr *c = CMSG_FIRSTHDR(m);
    c->cmsg_level = IPPROTO_IP;
    c->cmsg_type = IP_PKTINFO;
    c->cmsg_len = CMSG_LEN(sizeof(struct in_pktinfo));
    ((struct in_pktinfo *)CMSG_DATA(c))->ipi_spec_dst.s_addr = htonl(l->first + from);
}

static void send_rtcp(load_t *l, int from, uint8_t *b, int size)
{
    if (l->protect_rtcp(l->peers[from].tx, b, &size) == 0)
        queue_out(l, from, size);
    else
        l->r.bad++;
}

static int extensions(load_t *l, flow_t *f, uint8_t *b)
{
    int n = 4;
    if (f->level_id) {
        b[n++] = f->level_id << 4;
        b[n++] = 30 + (f->ssrc & 7);
    }
    if (f->time_id) { /* abs-send-time: 6.18 seconds */
        int64_t t = clock_ns(CLOCK_MONOTONIC);
        uint32_t v = (uint32_t)(((t / SECOND) << 18) + ((t % SECOND) << 18) / SECOND) & 0xFFFFFF;
        b[n++] = f->time_id << 4 | 2;
        b[n++] = v >> 16;
        b[n++] = v >> 8;
        b[n++] = v;
    }
    if (f->wide_id) {
        uint16_t *s = &l->peers[f->peer].wide_number;
        b[n++] = f->wide_id << 4 | 1;
        put16(b + n, (*s)++);
        n += 2;
    }
    if (n == 4)
        return 0;
    while (n & 3)
        b[n++] = 0;
    put16(b, 0xBEDE);
    put16(b + 2, n / 4 - 1);
    return n;
}

/* What the picture that begins now is: a keyframe when one is due or asked for. A clip begins with one. */
static void begin_picture(flow_t *f, int64_t now)
{
    int asked = f->want_key && now - f->asked > SECOND / 4;
    if (asked) {
        f->want_key = 0;
        f->asked = now;
    }
    if (f->clip) {
        if (asked || f->clip_parts[f->clip_part] == -1)
            f->clip_at = f->clip_part = 0;
        return;
    }
    f->is_key = asked || f->since_key >= f->key_every;
    if (f->since_key >= f->key_every)
        f->since_key = 0; /* one that was asked for does not move the others */
    f->of = f->is_key ? f->key_parts : f->parts;
}

/* The next packet of the clip; returns its size. */
static int clip_payload(flow_t *f, uint8_t *b, int *ends)
{
    if (f->clip_parts[f->clip_part] == -1)
        f->clip_at = f->clip_part = 0;
    int size = f->clip_parts[f->clip_part++];
    memcpy(b, f->clip + f->clip_at, size);
    f->clip_at += size;
    *ends = !f->is_video || f->clip_parts[f->clip_part] == 0;
    if (f->is_video && *ends)
        f->clip_part++;
    return size;
}

/* A packet of `size` bytes that ends with its stamp. */
static int stamped_payload(load_t *l, flow_t *f, uint8_t *b, int size, int *ends)
{
    int counted = l->counting && (int)f->index < l->capacity;
    uint8_t *s = b + size - STAMP;
    memset(b, 0x5A, size);
    if (f->is_video && f->part == 0)
        b[0] = f->is_key ? 0x10 : 0x11;
    put32(s, MAGIC);
    put32(s + 4, f - l->flows);
    put32(s + 8, counted ? l->window : 0);
    put32(s + 12, f->index);
    put64(s + 16, clock_ns(CLOCK_REALTIME));
    f->index += counted;
    *ends = !f->is_video || f->part + 1 == f->of;
    return size;
}

/* When the next packet of this flow leaves; `ends`: the last one was the last of its picture. */
static void next_due(flow_t *f, int ends, int64_t now)
{
    f->part++;
    if (!ends) {
        f->next += f->gap_ns;
        return;
    }
    f->next += f->frame_ns - (f->is_video ? (int64_t)(f->part - 1) * f->gap_ns : 0);
    if (f->next < now - SECOND / 10 || (f->is_video && f->next < now))
        f->next = now; /* a long keyframe, or a busy machine */
    f->part = 0;
    f->picture++;
    f->since_key++;
    f->timestamp += f->step;
}

/* One packet of a flow. */
static void send_one(load_t *l, flow_t *f, int64_t now)
{
    uint8_t *b = room(l);
    int ends = 1;
    if (f->part == 0 && f->is_video)
        begin_picture(f, now);
    int ext = extensions(l, f, b + 12), size = 12 + ext;
    if (f->is_video) { /* a descriptor with picture id and TL0PICIDX */
        b[size++] = f->part ? 0x80 : 0x90;
        b[size++] = 0xC0;
        b[size++] = 0x80 | (f->picture >> 8 & 0x7F);
        b[size++] = f->picture;
        b[size++] = f->picture;
    }
    int already = size - 12 - ext;
    size += f->clip ? clip_payload(f, b + size, &ends) : stamped_payload(l, f, b + size, f->size - already, &ends);
    b[0] = ext ? 0x90 : 0x80;
    b[1] = f->payload_type | (f->is_video && ends ? 0x80 : 0);
    put16(b + 2, f->seq++);
    put32(b + 4, f->timestamp);
    put32(b + 8, f->ssrc);
    f->octets += size - 12 - ext;
    f->packets++;
    if (l->protect(l->peers[f->peer].tx, b, &size) == 0) {
        queue_out(l, f->peer, size);
        l->r.sent += l->counting;
    } else
        l->r.bad++;
    next_due(f, ends, now);
}

static void sender_report(load_t *l, flow_t *f)
{
    uint8_t *b = room(l);
    put16(b, 0x80C8);
    put16(b + 2, 6);
    put32(b + 4, f->ssrc);
    put64(b + 8, ntp_now());
    put32(b + 16, f->timestamp);
    put32(b + 20, f->packets);
    put32(b + 24, f->octets);
    send_rtcp(l, f->peer, b, 28);
}

/* REMB as Chromium makes it on a line that is never full: half as much again as what comes, and never less than before.
 */
static int line_estimate(peer_t *p, uint8_t *b, int64_t now)
{
    if (now > p->estimated_at) {
        uint64_t bits = p->pictures * 8 * SECOND / (now - p->estimated_at) * 3 / 2 + 10000;
        if (p->estimated_at && bits > p->estimate)
            p->estimate = bits > 100000000 ? 100000000 : bits;
    }
    p->estimated_at = now;
    p->pictures = 0;
    uint32_t exponent = 10, mantissa = p->estimate >> exponent;
    b[0] = 0x8F;
    b[1] = 206;
    put16(b + 2, 4);
    put32(b + 4, p->ssrc);
    put32(b + 8, 0);
    memcpy(b + 12, "REMB", 4);
    b[16] = 0;
    b[17] = exponent << 2 | mantissa >> 16;
    put16(b + 18, mantissa & 0xFFFF);
    return 20;
}

/* Transport-wide feedback: when the numbered packets came. Arrival times in ticks of 250 microseconds. */
static void wide_feedback(load_t *l, int at)
{
    peer_t *p = l->peers + at;
    uint8_t *b = room(l);
    int64_t ticks[WIDE * 4], reference = p->wide[0].at / 64000000, last = reference * 256;
    uint16_t first = p->wide[0].number;
    int count = 0, n = 20, symbols[WIDE * 4];
    for (uint32_t i = 0; i < p->wide_count; i++)
        if ((int16_t)(p->wide[i].number - first) < 0)
            first = p->wide[i].number;
    memset(symbols, 0, sizeof symbols);
    for (uint32_t i = 0; i < p->wide_count; i++) {
        int place = (uint16_t)(p->wide[i].number - first);
        if (place >= WIDE * 4)
            continue;
        symbols[place] = 2;
        ticks[place] = p->wide[i].at / 250000;
        count = place + 1 > count ? place + 1 : count;
    }
    for (int i = 0; i < count; i += 7) { /* chunks of seven symbols of two bits */
        uint32_t chunk = 0xC000;
        for (int k = 0; k < 7 && i + k < count; k++)
            chunk |= symbols[i + k] << (12 - 2 * k);
        put16(b + n, chunk);
        n += 2;
    }
    for (int i = 0; i < count; i++)
        if (symbols[i]) {
            put16(b + n, (uint16_t)(int16_t)(ticks[i] - last));
            last = ticks[i];
            n += 2;
        }
    while (n & 3)
        b[n++] = 0;
    put16(b, 0x8FCD);
    put16(b + 2, n / 4 - 1);
    put32(b + 4, p->ssrc);
    put32(b + 8, p->wide_ssrc);
    put16(b + 12, first);
    put16(b + 14, count);
    put32(b + 16, (uint32_t)(reference & 0xFFFFFF) << 8 | (p->wide_told++ & 0xFF));
    p->wide_count = 0;
    send_rtcp(l, at, b, n);
}

/* Note a packet that carries a transport-wide number. */
static void note_wide(load_t *l, int at, const uint8_t *b, int size, int64_t arrived)
{
    peer_t *p = l->peers + at;
    int n = 12 + 4 * (b[0] & 15);
    if (!p->wide_id || !(b[0] & 0x10) || size < n + 4 || get16(b + n) != 0xBEDE)
        return;
    int end = n + 4 + 4 * get16(b + n + 2);
    for (n += 4; n < end && n < size;) {
        int length = (b[n] & 15) + 1;
        if (b[n] == 0) {
            n++;
            continue;
        }
        if (b[n] >> 4 == (int)p->wide_id && length == 2 && n + 3 <= size) {
            p->wide_ssrc = get32(b + 8);
            p->wide[p->wide_count].number = get16(b + n + 1);
            p->wide[p->wide_count++].at = arrived;
            if (p->wide_count == WIDE)
                wide_feedback(l, at);
            return;
        }
        n += 1 + length;
    }
}

static void receiver_report(load_t *l, int at, int64_t now)
{
    peer_t *p = l->peers + at;
    uint8_t *b = room(l);
    int n = 8, blocks = 0;
    for (int i = 0; i < SSRCS && blocks < 31; i++) {
        heard_t *h = p->heard + i;
        if (!h->ssrc || !h->received)
            continue;
        uint32_t expected = h->highest - h->base + 1, due = expected - h->reported_expected,
                 got = h->received - h->reported_received;
        uint32_t lost = expected > h->received ? expected - h->received : 0;
        uint32_t fraction = due > got ? ((due - got) << 8) / due : 0;
        h->reported_expected = expected;
        h->reported_received = h->received;
        put32(b + n, h->ssrc);
        put32(b + n + 4, (fraction > 255 ? 255 : fraction) << 24 | (lost & 0x7FFFFF));
        put32(b + n + 8, h->highest);
        put32(b + n + 12, 0);
        put32(b + n + 16, h->seen);
        put32(b + n + 20, h->seen ? (uint32_t)(((now - h->seen_at) << 16) / SECOND) : 0);
        n += 24;
        blocks++;
    }
    b[0] = 0x80 | blocks;
    b[1] = 201;
    put16(b + 2, n / 4 - 1);
    put32(b + 4, p->ssrc);
    send_rtcp(l, at, b, n + line_estimate(p, b + n, now));
}

static void ask_again(load_t *l, int at, uint32_t ssrc, uint32_t seq, uint32_t mask)
{
    uint8_t *b = room(l);
    put16(b, 0x81CD);
    put16(b + 2, 3);
    put32(b + 4, l->peers[at].ssrc);
    put32(b + 8, ssrc);
    put16(b + 12, seq);
    put16(b + 14, mask);
    send_rtcp(l, at, b, 16);
    l->r.nacks_sent++;
}

/* A connectivity check: consent goes on. */
static void send_check(load_t *l, int at)
{
    peer_t *p = l->peers + at;
    if (!p->check_size)
        return;
    memcpy(room(l), p->check, p->check_size);
    queue_out(l, at, p->check_size);
}

/* Once a second for each connection, spread evenly: its reports, and every other time its consent check. */
static void visit(load_t *l, int64_t now)
{
    uint64_t due = (uint64_t)(now - l->visited_from) * l->npeers / SECOND;
    for (int n = 0; l->visited < due && n < 64; n++, l->visited++) {
        int at = l->visited % l->npeers;
        peer_t *p = l->peers + at;
        if (!p->tx)
            continue;
        if (l->visited / l->npeers & 1)
            send_check(l, at);
        if (p->listener >= 0)
            receiver_report(l, at, now);
        else if (l->sending)
            for (int i = 0; i < l->nflows; i++)
                if (l->flows[i].peer == at && l->flows[i].packets)
                    sender_report(l, l->flows + i);
    }
}

/* What has been noted of transport-wide numbers, each listener so many times a second. */
static void tell_arrivals(load_t *l, int64_t now)
{
    uint64_t due = (uint64_t)(now - l->visited_from) * l->npeers * WIDE_EVERY / SECOND;
    for (; l->told < due; l->told++)
        if (l->peers[l->told % l->npeers].wide_count)
            wide_feedback(l, l->told % l->npeers);
}

/* ── in ── */

static heard_t *find(peer_t *p, uint32_t ssrc)
{
    for (uint32_t i = 0, at = ssrc * 2654435761u >> 26; i < SSRCS; i++, at = (at + 1) % SSRCS) {
        if (p->heard[at].ssrc == ssrc)
            return p->heard + at;
        if (!p->heard[at].ssrc) {
            p->heard[at].ssrc = ssrc;
            return p->heard + at;
        }
    }
    return 0;
}

static void on_rtp(load_t *l, int at, uint8_t *b, int size, int64_t arrived)
{
    peer_t *p = l->peers + at;
    if (p->listener < 0 || l->unprotect(p->rx, b, &size)) {
        l->r.bad++;
        return;
    }
    note_wide(l, at, b, size, arrived);
    if (b[0] & 0x10 || size > 250)
        p->pictures += size; /* voices are small */
    uint32_t type = b[1] & 0x7F, seq = get16(b + 2);
    int repair = type == p->rtx_type;
    if (!repair) {
        heard_t *h = find(p, get32(b + 8));
        l->r.received += l->counting;
        l->r.bytes += l->counting ? size : 0;
        if (h && !h->received++)
            h->base = h->highest = 0x10000 + seq;
        else if (h) {
            int16_t ahead = (int16_t)(seq - (h->highest & 0xFFFF));
            if (ahead > 1 && ahead < 64) {
                uint32_t mask = ahead > 17 ? 0xFFFF : (1u << (ahead - 2)) - 1;
                ask_again(l, at, h->ssrc, (h->highest + 1) & 0xFFFF, mask);
            }
            if (ahead > 0)
                h->highest += ahead;
        }
        if (h && ++p->received % ASK_AGAIN == 0)
            ask_again(l, at, h->ssrc, seq, 0);
    }
    uint8_t *s = b + size - STAMP;
    if (size < 12 + STAMP || get32(s) != MAGIC)
        return;
    uint32_t flow = get32(s + 4), window = get32(s + 8), index = get32(s + 12);
    if (!window || window != l->window || flow >= (uint32_t)l->nflows || index >= (uint32_t)l->capacity) {
        l->r.late += window && window != l->window;
        return;
    }
    size_t bit = ((size_t)p->listener * l->nflows + flow) * l->capacity + index;
    uint8_t mask = 1 << (bit & 7);
    if (l->got[bit >> 3] & mask) {
        l->r.copies += !repair;
        return;
    }
    l->got[bit >> 3] |= mask;
    if (repair) {
        l->r.repaired++;
        return;
    }
    l->r.delivered++;
    int64_t took = (arrived - (int64_t)get64(s + 16)) / 10000;
    l->latencies[took < 0 ? 0 : took >= BUCKETS ? BUCKETS - 1 : took]++;
}

static void on_rtcp(load_t *l, int at, uint8_t *b, int size, int64_t now)
{
    peer_t *p = l->peers + at;
    if (l->unprotect_rtcp(p->rx, b, &size)) {
        l->r.bad++;
        return;
    }
    for (int n = 0; n + 8 <= size;) {
        int length = 4 * (get16(b + n + 2) + 1), type = b[n + 1], format = b[n] & 31;
        if (n + length > size)
            return;
        if (type == 200 && length >= 28) {
            heard_t *h = find(p, get32(b + n + 4));
            if (h) {
                h->seen = (uint32_t)(get64(b + n + 8) >> 16);
                h->seen_at = now;
            }
            l->r.reports_got += l->counting;
        } else if (type == 201)
            l->r.reports_got += l->counting;
        else if (type == 206 && (format == 1 || format == 4)) {
            uint32_t ssrc = get32(b + n + (format == 4 && length >= 16 ? 12 : 8));
            for (int i = 0; i < l->nflows; i++)
                if (l->flows[i].peer == at && l->flows[i].ssrc == ssrc)
                    l->flows[i].want_key = 1;
            l->r.keyframes_asked += l->counting;
        } else if (type == 205 && format == 1)
            l->r.nacks_got += l->counting;
        else if (type == 205 || type == 206)
            l->r.feedback_got += l->counting;
        n += length;
    }
}

static void dispatch(load_t *l, int i, int64_t now)
{
    struct msghdr *m = &l->in[i].msg_hdr;
    uint32_t to = 0;
    int64_t arrived = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO)
            to = ntohl(((struct in_pktinfo *)CMSG_DATA(c))->ipi_addr.s_addr);
        else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
            struct timespec t;
            memcpy(&t, CMSG_DATA(c), sizeof t);
            arrived = t.tv_sec * SECOND + t.tv_nsec;
        } else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL) {
            uint32_t v;
            memcpy(&v, CMSG_DATA(c), 4);
            l->r.overflow += v - l->overflow_seen;
            l->overflow_seen = v;
        }
    }
    int at = (int)(to - l->first), size = l->in[i].msg_len;
    uint8_t *b = l->inb[i];
    if (at < 0 || at >= l->npeers || !l->peers[at].rx || size < 12)
        return;
    if (b[0] < 4)
        l->r.checks_answered += l->counting;
    else if (b[0] < 64)
        l->r.goodbyes++;
    else if (b[0] > 127 && b[0] < 192) {
        if (b[1] >= 192 && b[1] <= 223)
            on_rtcp(l, at, b, size, now);
        else
            on_rtp(l, at, b, size, arrived);
    }
}

static int receive(load_t *l, int64_t now)
{
    for (int i = 0; i < BATCH; i++) {
        l->in[i].msg_hdr.msg_controllen = sizeof l->inc[i];
        l->in[i].msg_hdr.msg_namelen = 0;
    }
    int n = recvmmsg(l->fd, l->in, BATCH, MSG_DONTWAIT, 0);
    for (int i = 0; i < n; i++)
        dispatch(l, i, now);
    return n > 0 ? n : 0;
}

/* ── the turn ── */

static int64_t send_due(load_t *l, int64_t now)
{
    int64_t next = now + 2000000;
    for (int i = 0; i < l->nflows; i++) {
        flow_t *f = l->flows + i;
        if (l->sending)
            for (int n = 0; f->next <= now && n < 4; n++)
                send_one(l, f, now);
        if (f->next < next)
            next = f->next;
    }
    return l->sending ? next : now + 2000000;
}

/* Until `seconds` are over, or, with `quiet`, until nothing has arrived for so long. */
static void turn(load_t *l, double seconds, double quiet)
{
    int64_t now = clock_ns(CLOCK_MONOTONIC), end = now + (int64_t)(seconds * SECOND), heard = now, before = now;
    while (now < end && (quiet == 0 || now - heard < (int64_t)(quiet * SECOND))) {
        if (l->counting && (now - before) / 1e6 > l->r.turn_ms)
            l->r.turn_ms = (now - before) / 1e6;
        before = now;
        int64_t next = send_due(l, now);
        visit(l, now);
        tell_arrivals(l, now);
        if (l->nout)
            flush_out(l);
        uint64_t got = l->r.delivered;
        int n = receive(l, now);
        now = clock_ns(CLOCK_MONOTONIC);
        if (quiet > 0 && l->r.delivered != got)
            heard = now;
        if (n == 0 && next > now) {
            struct timespec t = {0, next - now < NAP ? next - now : NAP};
            nanosleep(&t, 0);
            now = clock_ns(CLOCK_MONOTONIC);
        }
    }
    if (l->nout)
        flush_out(l);
}

static void percentiles(load_t *l)
{
    uint64_t all = 0, sum = 0;
    double *to[3] = {&l->r.p50_ms, &l->r.p95_ms, &l->r.p99_ms}, share[3] = {0.5, 0.95, 0.99};
    int k = 0;
    for (int i = 0; i < BUCKETS; i++)
        all += l->latencies[i];
    for (int i = 0; i < BUCKETS; i++) {
        if (!l->latencies[i])
            continue;
        sum += l->latencies[i];
        l->r.max_ms = i / 100.0;
        while (k < 3 && sum >= share[k] * all)
            *to[k++] = i / 100.0;
    }
}

/* Send for `warm` seconds, then count for `seconds`, then see what of it still comes. `pid_clock`: the server's CPU
 * clock. */
void load_run(load_t *l, double warm, double seconds, double drain, int pid_clock, result_t *out)
{
    prctl(PR_SET_TIMERSLACK, 1000UL);
    memset(&l->r, 0, sizeof l->r);
    int64_t now = clock_ns(CLOCK_MONOTONIC);
    l->visited_from = now;
    l->visited = l->told = 0;
    l->sending = 1;
    l->window++;
    for (int i = 0; i < l->nflows; i++) {
        flow_t *f = l->flows + i;
        f->next = now + (int64_t)(f->frame_ns * ((i * 7919 + 13) % 101) / 101.0);
        f->part = 0;
        f->index = 0;
        f->since_key = i * 17 % (f->key_every + 1);
        f->want_key = 1;
        f->asked = 0;
    }
    turn(l, warm, 0);
    memset(&l->r, 0, sizeof l->r);
    memset(l->got, 0, ((size_t)l->listeners * l->nflows * l->capacity >> 3) + 1);
    memset(l->latencies, 0, BUCKETS * sizeof *l->latencies);
    l->counting = 1;
    int64_t cpu = clock_ns(pid_clock), own = clock_ns(CLOCK_THREAD_CPUTIME_ID), began = clock_ns(CLOCK_MONOTONIC);
    turn(l, seconds, 0);
    l->r.server_cpu = (clock_ns(pid_clock) - cpu) / 1e9;
    l->r.own_cpu = (clock_ns(CLOCK_THREAD_CPUTIME_ID) - own) / 1e9;
    l->r.seconds = (clock_ns(CLOCK_MONOTONIC) - began) / 1e9;
    l->counting = 0;
    l->sending = 0;
    turn(l, drain, QUIET);
    for (int i = 0; i < l->nflows; i++)
        l->r.due += l->flows[i].index;
    percentiles(l);
    *out = l->r;
}

/* Packets of one flow that one listener got in the last window. */
uint32_t load_got(load_t *l, int listener, int flow)
{
    uint32_t n = 0;
    for (int i = 0; i < l->capacity; i++) {
        size_t bit = ((size_t)listener * l->nflows + flow) * l->capacity + i;
        n += l->got[bit >> 3] >> (bit & 7) & 1;
    }
    return n;
}

/* Nothing is sent but reports and checks, one for everybody at once; what arrives is read. */
void load_idle(load_t *l, double seconds)
{
    l->visited_from = clock_ns(CLOCK_MONOTONIC);
    l->visited = l->told = 0;
    l->sending = 0;
    for (int at = 0; at < l->npeers; at++)
        if (l->peers[at].tx)
            send_check(l, at);
    turn(l, seconds, 0);
}

/* Play without counting, until `stop` is set by somebody else. */
void load_play(load_t *l, volatile int *stop)
{
    int64_t now = clock_ns(CLOCK_MONOTONIC);
    l->visited_from = now;
    l->visited = l->told = 0;
    l->sending = 1;
    for (int i = 0; i < l->nflows; i++)
        l->flows[i].next = now + (int64_t)i * 1000003 % l->flows[i].frame_ns;
    while (!*stop)
        turn(l, 0.05, 0);
}

/* A socket on every address at `port` (0: a free one), and room for so many connections, streams and listeners. */
load_t *load_new(uint32_t first, int port, int npeers, int nflows, int listeners, int capacity, void *protect,
                 void *unprotect, void *protect_rtcp, void *unprotect_rtcp)
{
    load_t *l = calloc(1, sizeof *l);
    int yes = 1, big = 512 << 20;
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
    if (!l)
        return 0;
    l->first = first;
    l->npeers = npeers;
    l->nflows = nflows;
    l->listeners = listeners;
    l->capacity = (capacity + 7) & ~7;
    l->protect = protect;
    l->unprotect = unprotect;
    l->protect_rtcp = protect_rtcp;
    l->unprotect_rtcp = unprotect_rtcp;
    l->peers = calloc(npeers, sizeof *l->peers);
    l->flows = calloc(nflows ? nflows : 1, sizeof *l->flows);
    l->got = calloc(((size_t)listeners * nflows * l->capacity >> 3) + 1, 1);
    l->latencies = calloc(BUCKETS, sizeof *l->latencies);
    l->fd = socket(AF_INET, SOCK_DGRAM, 0);
    setsockopt(l->fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
    setsockopt(l->fd, SOL_SOCKET, SO_RCVBUF, &big, sizeof big);
    setsockopt(l->fd, SOL_SOCKET, SO_RCVBUFFORCE, &big, sizeof big);
    setsockopt(l->fd, SOL_SOCKET, SO_SNDBUF, &big, sizeof big);
    setsockopt(l->fd, SOL_SOCKET, SO_TIMESTAMPNS, &yes, sizeof yes);
    setsockopt(l->fd, SOL_SOCKET, SO_RXQ_OVFL, &yes, sizeof yes);
    setsockopt(l->fd, IPPROTO_IP, IP_PKTINFO, &yes, sizeof yes);
    if (!l->peers || !l->flows || !l->got || !l->latencies || bind(l->fd, (struct sockaddr *)&a, sizeof a))
        return 0;
    for (int i = 0; i < BATCH; i++) {
        l->inv[i].iov_base = l->inb[i];
        l->inv[i].iov_len = PACKET;
        l->in[i].msg_hdr.msg_iov = l->inv + i;
        l->in[i].msg_hdr.msg_iovlen = 1;
        l->in[i].msg_hdr.msg_control = l->inc[i];
    }
    return l;
}

int load_port(load_t *l)
{
    struct sockaddr_in a;
    socklen_t n = sizeof a;
    getsockname(l->fd, (struct sockaddr *)&a, &n);
    return ntohs(a.sin_port);
}

void load_peer(load_t *l, int at, uint32_t remote, int port, void *tx, void *rx, int listener, uint32_t rtx_type,
               uint32_t wide_id, const uint8_t *check, int check_size)
{
    peer_t *p = l->peers + at;
    memset(p->heard, 0, sizeof p->heard);
    p->remote = htonl(remote);
    p->port = htons(port);
    p->listener = listener;
    p->rtx_type = rtx_type;
    p->wide_id = wide_id;
    p->estimate = 300000;
    p->ssrc = 0x1000000 + at;
    if (check_size <= CHECK) {
        memcpy(p->check, check, check_size);
        p->check_size = check_size;
    }
    p->tx = tx;
    p->rx = rx;
}

flow_t *load_flow(load_t *l, int at)
{
    return l->flows + at;
}

void load_free(load_t *l)
{
    close(l->fd);
    free(l->peers);
    free(l->flows);
    free(l->got);
    free(l->latencies);
    free(l);
}
