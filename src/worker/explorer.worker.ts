// The worker: a session behind a message port (Comlink). Results are copied, errors keep their name and sentence.

import { expose } from 'comlink';
import { createSession } from './session.ts';

const session = createSession();
expose(session);

// Tests reach the session from outside to take its device away.
Object.assign(globalThis, { crateSession: session });
