/** Lines of programs' logs, down to what they say. */
import {plainLine} from './plain.ts';

/**
 * What a log line says: logrus' `time=… level=… msg="…"` and klog's `E1121 00:53:51.18 563 file.go:250]` are taken off.
 * A line that is too long loses its middle: programs written in Go tell the cause last.
 */
export function gist(line: string, width = 320): string {
	const message = /^time="[^"]*" level=\w+ msg=("(?:[^"\\]|\\.)*")/.exec(line)?.[1];
	const bare = message === undefined ? line.replace(/^[EWIF]\d{4} [\d:.]+\s+\d+ [\w.-]+:\d+\] /, '') : unquoted(message);
	const text = plainLine(bare, 10_000);
	if (text.length <= width) return text;
	const half = Math.floor((width - 3) / 2);
	return `${text.slice(0, half)} … ${text.slice(-half)}`;
}

/** Lines that add something to what was said already: each once, and none that is part of another. */
export function fresh(lines: readonly string[], said: string): string[] {
	const all = [...new Set(lines.map((line) => gist(line)))].filter((line) => line !== '' && line !== gist(said));
	return all.filter((line) => !all.some((other) => other !== line && other.includes(line)));
}

function unquoted(text: string): string {
	try {
		return JSON.parse(text) as string;
	} catch {
		return text.slice(1, -1);
	}
}
