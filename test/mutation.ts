import { beforeEach } from "vitest";

/** For mutation tests: what measures time or memory would measure the code that Stryker puts in. */
beforeEach(({ task, skip }) => skip(/bounded memory|in proportion/.test(task.name)));
