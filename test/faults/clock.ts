/** A clock set wrong and right again on a node with its own kernel. By the time since boot: `date -s "-90 seconds"` loses a part of a second each time. */
const uptime = 'read -r up rest </proc/uptime';

export const wrongClock = (seconds: number) =>
	`${uptime} && echo "$(date +%s.%N) $up" >/run/clock && date -s "+${seconds} seconds"`;

export const rightClock = `read -r was then </run/clock && ${uptime} && date -s "@$(awk -v was="$was" -v up="$up" -v then="$then" 'BEGIN {printf "%.3f", was + up - then}')" && rm /run/clock`;
