/** A clock set wrong and right again on a node with its own kernel. By the time since boot: `date -s "-90 seconds"` loses a part of a second each time. */
export const wrongClock = (seconds: number) =>
	`echo "$(date +%s.%N) $(cat /proc/uptime)" >/run/clock && date -s "+${seconds} seconds"`;

export const rightClock = `read -r was then rest </run/clock && read -r up rest </proc/uptime && date -s "@$(awk -v was="$was" -v up="$up" -v then="$then" 'BEGIN {printf "%.3f", was + up - then}')" && rm /run/clock`;
