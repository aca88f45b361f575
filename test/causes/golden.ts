/** The three lines of a failure as a golden: everything that differs from run to run has one form. */

import type {Failure} from '../../src/model.ts';
import {failureText} from '../../src/report/failure.ts';
import {paint} from '../../src/report/paint.ts';

const forms: readonly (readonly [RegExp, string])[] = [
	[/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, 'UID'],
	[/\b[0-9a-f]{12,64}\b/g, 'HASH'],
	[/nsexec\[\d+\]/g, 'nsexec[N]'],

	[/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z| ?[+-]\d\d:?\d\d)?(?: UTC)?/g, 'TIME'],
	[/\b[EWIF]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ /g, 'KLOG '],
	[/\b10\.213\.\d+\.(\d+)\b/g, 'LAB.$1'],
	[/(127\.0\.0\.1|LAB\.\d+):(?!(?:6443|2379|10250|5000|5999|7443|6999)\b)\d{4,5}/g, '$1:PORT'],
	// A name server that is not there says so in two ways.
	[/(: read udp \S+->LAB\.1:53: )(?:read: connection refused|i\/o timeout)/g, '$1i/o timeout'],
	[/\b(waited|after|gave up after) \d+ s\b/g, '$1 N s'],
	[/\b\d+(?:\.\d+)?(?:ms|µs|s)\b/g, 'N s'],
	// A line that lost its beginning lost it anywhere.
	[/: …\S+ /g, ': … '],
	// One that lost its middle too: a process id with one figure more, and it goes on a word later.
	[/(?<!:) … [^:]*: /g, ' … '],
	// A worker's kubelet says the same of each of its requests; which of them was the last differs.
	[/(on \w+ kubelet: ).*?((?:dial tcp|tls: failed to verify)[^"\\]*).*/g, '$1… $2…'],
	// The processor of the machine that the lab is on.
	[/(kubelet: …).*("command failed".*clock speed from output: ).*/g, '$1$2…'],
];

export function golden(failure: Failure): string {
	const text = failureText(failure, paint(false));
	return `${forms.reduce((said, [form, word]) => said.replace(form, word), text)}\n`;
}
