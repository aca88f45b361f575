/** Events as text for machines. */
import type {Event} from '../model.ts';

/** One event as one JSON line, without newline. C1 and direction characters are escaped too, so that `cat` of a log is harmless. */
export function jsonLine(event: Event): string {
	const escaped = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
	return JSON.stringify(event).replace(escaped, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** One event as one YAML document. JSON is YAML, so every key gets a line and every value stays JSON. */
export function yamlDocument(event: Event): string {
	const line = JSON.parse(jsonLine(event)) as Record<string, unknown>;
	return ['---', ...Object.entries(line).map(([key, value]) => `${key}: ${JSON.stringify(value)}`)].join('\n');
}
