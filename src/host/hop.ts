/** One machine on the way; the last one is the node. */
export type Hop = {readonly user: string; readonly host: string; readonly port: number};
