/* The native fan-out kernel: one packet, rewritten, protected and sent for every listener of a track.
 *
 * The same, byte for byte, as PythonTable in rooms/sfu/fanout.py, which explains the words used here.
 * It needs no library of its own: Python passes libsrtp's srtp_protect (version 2: three arguments).
 * No state, no allocation: the rows belong to Python.
 */
#include "kernel.h"

int parley_row_size(void) { return (int)sizeof(struct row); }

/* Where the row's listener is: `ip` is 4 or 16 bytes. Returns 0, or -1 when it is neither. */
int parley_address(struct row *row, const uint8_t *ip, int size, int port, uint32_t flow, uint32_t scope)
{
    if (size == 4) {
        struct sockaddr_in v4;
        memset(&v4, 0, sizeof v4);
        v4.sin_family = AF_INET;
        v4.sin_port = htons((uint16_t)port);
        memcpy(&v4.sin_addr, ip, 4);
        memcpy(row->address, &v4, sizeof v4);
        row->address_size = sizeof v4;
        return 0;
    }
    if (size == 16 && sizeof(struct sockaddr_in6) <= sizeof row->address) {
        struct sockaddr_in6 v6;
        memset(&v6, 0, sizeof v6);
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons((uint16_t)port);
        v6.sin6_flowinfo = htonl(flow);
        v6.sin6_scope_id = scope;
        memcpy(&v6.sin6_addr, ip, 16);
        memcpy(row->address, &v6, sizeof v6);
        row->address_size = sizeof v6;
        return 0;
    }
    return -1;
}

/* RED (RFC 2198): the payload with every block's payload type replaced. -1 when it lies about its blocks. */
static int relabel(uint8_t *payload, int size, int payload_type)
{
    int at = 0;
    while (at < size && payload[at] & 0x80) {
        payload[at] = (uint8_t)(0x80 | payload_type);
        at += 4;
    }
    if (at >= size)
        return -1;
    payload[at] = (uint8_t)payload_type;
    return 0;
}

/* RED: where the newest block starts; -1 when it lies about its blocks. */
static int primary(const uint8_t *payload, int size)
{
    int at = 0, redundant = 0;
    while (at < size && payload[at] & 0x80) {
        if (at + 4 > size)
            return -1;
        redundant += (payload[at + 2] & 3) << 8 | payload[at + 3];
        at += 4;
    }
    at += 1 + redundant;
    return at < size ? at : -1;
}

/* Sends the packet to `count` rows; returns to how many it could not be sent. */
int parley_fan(protect_t protect, struct row *rows, int count, const struct packet *packet, const uint8_t *extension,
               const uint8_t *payload)
{
    uint8_t buffer[PACKET + ROOM] __attribute__((aligned(16)));
    const int start = HEADER + packet->extension_size;
    const int newest = packet->redundant ? primary(payload, packet->payload_size) : 0;
    int failed = 0;

    if (packet->extension_size < 0 || packet->payload_size < 0 || start + packet->payload_size > PACKET)
        return 0; /* libsrtp writes past the end without asking */
    for (struct row *row = rows; row < rows + count; row++) {
        const uint8_t *from = payload;
        int size = packet->payload_size, payload_type = row->payload_type, length;

        if (packet->number < row->first)
            continue;
        if (packet->redundant && !row->extra_type) {
            if (newest < 0)
                continue;
            from += newest;
            size -= newest;
        }
        memcpy(buffer + start, from, (size_t)size);
        if (packet->redundant && row->extra_type) {
            if (relabel(buffer + start, size, payload_type) < 0)
                continue;
            payload_type = row->extra_type;
        }
        if (packet->picture_id >= 0) {
            uint32_t moved = (uint32_t)packet->picture_id + row->picture_id;
            uint8_t *at = buffer + start + packet->picture_id_at;
            if (packet->picture_id_wide)
                put16(at, 0x8000 | (moved & 0x7FFF));
            else
                *at = moved & 0x7F;
        }
        if (packet->tl0 >= 0)
            buffer[start + packet->tl0_at] = (uint8_t)((uint32_t)packet->tl0 + row->tl0);
        buffer[0] = packet->extension_size ? 0x90 : 0x80;
        buffer[1] = (uint8_t)((packet->marker ? 0x80 : 0) | payload_type);
        put16(buffer + 2, (uint32_t)packet->number + row->number);
        put32(buffer + 4, packet->timestamp + row->timestamp);
        put32(buffer + 8, row->ssrc);
        memcpy(buffer + HEADER, extension, (size_t)packet->extension_size);
        length = start + size;
        row->packets++;
        row->octets += (uint64_t)size;
        if (protect(row->context, buffer, &length) != 0 ||
            sendto(row->fd, buffer, (size_t)length, MSG_DONTWAIT, (const struct sockaddr *)row->address,
                   row->address_size) < 0) {
            failed++; /* EAGAIN too: what the network does not take now is dropped, never queued */
            continue;
        }
        row->sent += (uint64_t)length;
    }
    return failed;
}
