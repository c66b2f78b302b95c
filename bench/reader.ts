// Who finds messages in what a socket gives, and the floor of that.

/** Takes reads; `messages` is how many it has found so far. */
export type Reader = {
  readonly push: (read: Buffer) => void;
  readonly messages: number;
  /** It may miss one a read: it forgets what a read begins with and ends with. */
  readonly isForgetful?: true;
};

const END = '\r\n\r\n';

/** The floor. */
export function createBare(): Reader {
  let messages = 0;
  return {
    isForgetful: true,
    push: (read) => {
      for (let at = read.indexOf(END); at >= 0; at = read.indexOf(END, at + END.length)) messages++;
    },
    get messages() {
      return messages;
    },
  };
}
