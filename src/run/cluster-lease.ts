/** The lease of a whole cluster: Lease `kubestrap` in kube-system, for operators who come through other machines (design.md §4). */
import {kubeShell} from '../access/kubectl.ts';
import {LockedError, StepError} from '../errors.ts';
import type {Host, Tell} from '../model.ts';
import type {Ending} from './board.ts';
import {type Hold, hold, holdMs, signs, who} from './hold.ts';

/**
 * `sh -c clusterLeaseScript sh HOLDER SECONDS [FENCE RUN [BEFORE]]`, signs of life on stdin: takes the Lease, renews it with every sign, and deletes it when the
 * signs end or stop for 45 s, so that it is free as soon as the operator is gone. Every write names the version that it follows, so of two
 * writers one fails. Another one's Lease that is silent for 45 s by this machine's clock is watched for SECONDS (a holder renews every 10 s),
 * because clocks differ, and taken over if it does not move. With FENCE and RUN, nothing is taken once another run has this machine. BEFORE is the run
 * that had this machine before ours and did not end well: what it holds is taken over at once, because it has lost the machine to us.
 */
export const clusterLeaseScript = String.raw`${kubeShell}
trap '' HUP
holder=$1 watch=$2 fence=${'$'}{3-} run=${'$'}{4-} before=${'$'}{5:--} mine= taken=
if [ -n "$fence" ] && read -r held who rest </var/lib/kubestrap/fence && [ "$held $who" != "$fence $run" ]; then echo "held - run $who"; exit 75; fi
lease='go-template={{.metadata.resourceVersion}} {{or .spec.renewTime "-"}} {{or .spec.acquireTime "-"}} {{or .spec.holderIdentity "-"}}'
sign() { [ -n "$(timeout 45 head -c 1)" ]; }
see() {
	answer=$(kube -n kube-system get lease kubestrap --ignore-not-found -o "$lease" </dev/null) || return
	read -r version renewed since by <<END
$answer
END
}
write() { # create | replace VERSION → $mine
	moment=$(date -u +%FT%T.%6NZ)
	taken=${'$'}{taken:-$moment}
	mine=$(printf '{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"kubestrap","namespace":"kube-system"%s},"spec":{"holderIdentity":"%s","leaseDurationSeconds":45,"acquireTime":"%s","renewTime":"%s"}}' \
		"${'$'}{2:+,\"resourceVersion\":\"$2\"}" "$holder" "$taken" "$moment" | kube "$1" -f - -o 'go-template={{.metadata.resourceVersion}}' 2>/dev/null)
}
fresh() {
	age=$(($(date +%s) - $(date -d "$renewed" +%s 2>/dev/null || echo 0)))
	[ "$age" -le 45 ] && [ "$age" -ge -45 ]
}
sign || exit 0
tries=0
until [ -n "$mine" ]; do
	tries=$((tries + 1))
	[ $tries -le 30 ] || { echo "the Lease kubestrap in kube-system cannot be written" >&2; exit 69; }
	see || exit 69
	case $version:$by in
	:*) write create ;;
	*:"$holder" | *:-) write replace "$version" ;;
	*" run $before") ! write replace "$version" || echo "took $renewed $by" ;;
	*) if fresh; then
		# One whose operator has just gone is let go within a moment.
		[ $tries -lt 6 ] || { echo "held $since $by"; exit 75; }
		sleep 0.5
	else
		silent=$version
		sleep "$watch"
		see || exit 69
		if [ "$version" = "$silent" ] && write replace "$version"; then echo "took $renewed $by"; fi
	fi ;;
	esac
done
echo holding
while sign; do
	was=$mine
	write replace "$was" && continue
	mine=$was
	# The API may be away for a while; and what was written may only not have been answered.
	see || continue
	case $version:$by in
	:*) write create || mine=$was ;;
	*:"$holder") mine=$version ;;
	*) echo "held $since $by"; exit 75 ;;
	esac
done
printf '{"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"resourceVersion":"%s"}}' "$mine" |
	kube delete --raw /apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kubestrap -f - >/dev/null 2>&1
exit 0
`;

/** Longer than the time between two renewals of a holder that lives. */
const watchSeconds = 12;

type Options = {
	readonly run: string;
	readonly tell: Tell;
	readonly watch?: number;
	/** That of this run on the same machine, where it has one. */
	readonly fence?: number | undefined;
	/** The run that had the same machine before, and did not end well. */
	readonly before?: string | undefined;
};

/**
 * Takes the cluster for a run, through a control plane whose API server answers. Throws LockedError with the holder and since when, and
 * StepError when the API does not answer. While it is held, an API that is away for a while loses nothing.
 */
export async function takeCluster(host: Host, {run, tell, watch = watchSeconds, fence, before}: Options): Promise<Hold> {
	const session = async (released: AbortSignal, got: () => void) => {
		const over = new AbortController();
		const stdin = signs(AbortSignal.any([released, over.signal]));
		let said = '';
		const onStdout = (chunk: Buffer) => {
			said += chunk.toString();
			if (!/^holding$/m.test(said)) return;
			const [, silent, gone] = /^took (\S+) (.*)$/m.exec(said) ?? [];
			said = '';
			if (gone !== undefined) tell({type: 'note', detail: `${gone} held the cluster and is silent since ${silent}: taken over`});
			got();
		};
		const words = [
			'sh',
			'-c',
			clusterLeaseScript,
			'sh',
			`${who()} run ${run}`,
			String(watch),
			...(fence === undefined ? [] : [String(fence), run, ...(before === undefined ? [] : [before])]),
		];
		const {code, stderr} = await host.exec(words, {stdin, deadline: holdMs, onStdout}).finally(() => over.abort());
		const [, since = '', by] = /^held (\S+) (.*)$/m.exec(said) ?? [];
		if (by !== undefined) throw clusterHeldBy(by, since);
		if (code !== 0)
			throw new StepError(
				`${host.name}: the cluster's lease: ${stderr.trim().split('\n').at(-1) || `kubectl ended with ${code}`}`,
			);
	};
	return hold<void>(session, (error) => error instanceof LockedError);
}

function clusterHeldBy(holder: string, since: string): LockedError {
	return new LockedError(`${holder} changes this cluster since ${since}`, {
		hint: 'wait until it has ended, or let --lock-timeout 10m wait; when its operator is gone, the cluster is free after 45 seconds',
	});
}

/** The lease of a cluster that is being born: taken beside the work once the API answers, and never a reason to fail. */
export function takenWhenBorn(answers: Promise<Ending>, take: () => Promise<Hold>, tell: Tell): Hold {
	let over = false;
	const held = answers
		.then((ending) => (ending === 'done' && !over ? take() : undefined))
		.catch((error: unknown) => {
			tell({type: 'note', detail: `the cluster's lease is not held: ${error instanceof Error ? error.message : String(error)}`});
			return undefined;
		});
	const release = async () => {
		over = true;
		await (await held)?.release();
	};
	return {lost: new Promise(() => {}), release};
}
