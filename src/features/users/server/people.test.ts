import { describe, expect, test } from "vitest";
import { createOpenCalls } from "../../../platform/http/open-calls.ts";
import { describeEachDialect, type OpenDatabase } from "../../../../tests/support/each-dialect.ts";
import type { UserRole } from "../contract.ts";
import { createInvitation, createInvitationEntrance } from "./invitations.ts";
import { createPasswords } from "./password.ts";
import { createPeople } from "./people.ts";
import type { Actor } from "./people-store.ts";
import { createRateLimit } from "./rate-limit.ts";
import { createResetEntrance, createResetLink } from "./reset-links.ts";
import { mayManage } from "./roles.ts";
import { createSessions } from "./sessions.ts";
import { insertUser } from "./user-store.ts";
import { ensureOrganisation } from "./users.ts";

const dayMs = 24 * 3_600_000;
const password = "correct horse battery";

async function organisation(open: OpenDatabase) {
  const db = await open();
  const time = { now: 1_700_000_000_000 };
  const clock = () => time.now;
  const openCalls = createOpenCalls();
  const passwords = createPasswords({ memoryKib: 8, passes: 1 });
  const purged: string[] = [];
  const unpurgeable = new Set<string>();
  const things = {
    stop: async () => {},
    purge: async ({ userId }: { userId: string }) => {
      if (unpurgeable.has(userId)) {
        throw new Error("the disk is full");
      }
      purged.push(userId);
    },
  };
  const organisationId = await ensureOrganisation({ db, clock });
  const people = createPeople({ db, clock, openCalls, things });
  const sessions = createSessions({ db, clock, openCalls });
  const byAddress = createRateLimit({ clock, burst: 100, refillMs: 1000 });
  const parts = { db, clock, passwords, openCalls, sessions, byAddress };
  let count = 0;
  async function add(role: UserRole): Promise<Actor & { userId: string; email: string; passwordHash: string }> {
    count += 1;
    const id = `01900000-0000-7000-8000-${String(count).padStart(12, "0")}`;
    const email = `person-${count}@example.org`;
    const password_hash = await passwords.hash(password);
    const user = { id, name: `Person ${count}`, email, role, password_hash, language: null };
    await db.run(insertUser, { organisationId, user, now: time.now });
    return { organisationId, userId: id, email, passwordHash: password_hash };
  }
  const states = async () =>
    (await people.list(organisationId)).items.map(({ role, state }) => `${role} ${state}`).toSorted();
  return { time, organisationId, people, sessions, parts, purged, unpurgeable, add, states };
}

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "done",
    (error: { code: string }) => error.code,
  );

const principalOf = (who: Actor & { userId: string }) =>
  ({ ...who, role: "member", via: "session", credentialId: "s" }) as const;

const terminal = ({ organisationId }: Actor): Actor => ({ organisationId, userId: null });

describe("Roles", () => {
  const roles = ["owner", "admin", "member"] as const;

  test("owners change everybody, admins the members, members nobody", () => {
    const changed = roles.map((role) => [role, roles.filter((target) => mayManage(role, target))]);
    expect(changed).toEqual([
      ["owner", ["owner", "admin", "member"]],
      ["admin", ["member"]],
      ["member", []],
    ]);
  });
});

describeEachDialect("A person's role, state and account", (open) => {
  test("are changed by who stands above them, in every way that there is", async () => {
    const { people, parts, add } = await organisation(open);
    await add("owner");
    for (const role of ["owner", "admin", "member"] as const) {
      const actor = await add(role);
      for (const targetRole of ["owner", "admin", "member"] as const) {
        const ways = [
          (id: string) => people.change(actor, id, { role: targetRole }),
          (id: string) => people.change(actor, id, { disabled: false }),
          (id: string) => createResetLink(parts, actor, id),
          (id: string) => people.change(actor, id, { disabled: true }),
          (id: string) => people.remove(actor, id, "keep"),
          (id: string) => people.restore(actor, id),
        ];
        const { userId } = await add(targetRole);
        const outcomes: unknown[] = [];
        for (const way of ways) outcomes.push(await codeOf(way(userId)));
        const expected = mayManage(role, targetRole) ? "done" : "not_allowed";
        expect(outcomes, `${role} on ${targetRole}`).toEqual(ways.map(() => expected));
      }
    }
  });

  test("are not raised by an admin, and invitations only as high as whoever makes them may", async () => {
    const { people, parts, add } = await organisation(open);
    const [owner, admin, member] = [await add("owner"), await add("admin"), await add("member")];
    expect(await codeOf(people.change(admin, member.userId, { role: "admin" }))).toBe("not_allowed");
    const invite = (actor: Actor) =>
      Promise.all(
        (["owner", "admin", "member"] as const).map((role) => codeOf(createInvitation(parts, actor, { role }))),
      );
    expect(await invite(owner)).toEqual(["done", "done", "done"]);
    expect(await invite(admin)).toEqual(["not_allowed", "not_allowed", "done"]);
    expect(await invite(member)).toEqual(["not_allowed", "not_allowed", "not_allowed"]);
    expect(await invite(terminal(owner))).toEqual(["done", "done", "done"]);
  });

  test("are not changed by who was an admin when the request began and is none any more", async () => {
    const { people, add } = await organisation(open);
    const [owner, admin, member] = [await add("owner"), await add("admin"), await add("member")];
    await people.change(owner, admin.userId, { role: "member" });
    expect(await codeOf(people.change(admin, member.userId, { disabled: true }))).toBe("not_allowed");
    await people.change(owner, admin.userId, { role: "admin", disabled: true });
    expect(await codeOf(people.change(admin, member.userId, { disabled: true }))).toBe("not_allowed");
  });

  test("are nobody's to take from themselves by the list", async () => {
    const { people, parts, add } = await organisation(open);
    const owner = await add("owner");
    await add("owner");
    expect(await codeOf(people.change(owner, owner.userId, { disabled: true }))).toBe("own_account");
    expect(await codeOf(people.remove(owner, owner.userId, "keep"))).toBe("own_account");
    expect(await codeOf(createResetLink(parts, owner, owner.userId))).toBe("own_account");
    expect(await codeOf(people.change(owner, owner.userId, { role: "member" }))).toBe("done");
  });

  test("of another organisation are not there", async () => {
    const { people, add } = await organisation(open);
    await add("owner");
    const { userId } = await add("member");
    const stranger = { organisationId: "another", userId: null };
    expect(await codeOf(people.change(stranger, userId, { disabled: true }))).toBe("user_not_found");
    expect(await codeOf(people.remove(stranger, userId, "delete"))).toBe("user_not_found");
    expect(await codeOf(people.read("another", userId))).toBe("user_not_found");
    expect((await people.list("another")).items).toEqual([]);
  });
});

describeEachDialect("The last owner", (open) => {
  test("is neither demoted nor disabled nor removed, and cannot leave", async () => {
    const { people, add, states } = await organisation(open);
    const owner = await add("owner");
    const disabled = await add("owner");
    await people.change(owner, disabled.userId, { disabled: true });
    const gone = await add("owner");
    await people.remove(owner, gone.userId, "keep");
    const asks = [
      people.change(terminal(owner), owner.userId, { role: "admin" }),
      people.change(terminal(owner), owner.userId, { disabled: true }),
      people.remove(terminal(owner), owner.userId, "delete"),
      people.leave(principalOf(owner), "keep"),
      people.change(owner, owner.userId, { role: "member" }),
    ];
    expect(await Promise.all(asks.map(codeOf))).toEqual(asks.map(() => "owner_required"));
    expect(await states()).toEqual(["owner active", "owner disabled", "owner removed"]);
  });

  test("is left when two owners demote each other fifty times at the same moment", async () => {
    const { people, add, states } = await organisation(open);
    const [ana, ben] = [await add("owner"), await add("owner")];
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, index) => {
        const [actor, target] = index % 2 === 0 ? [ana, ben] : [ben, ana];
        return codeOf(people.change(actor, target.userId, { role: "member" }));
      }),
    );
    expect(await states()).toEqual(["member active", "owner active"]);
    // The one who won asks again and changes nothing; the one who lost may not ask any more.
    expect(new Set(outcomes)).toEqual(new Set(["done", "not_allowed"]));
  });

  test("is left when two owners leave at the same moment", async () => {
    const { people, add, states } = await organisation(open);
    const [ana, ben] = [await add("owner"), await add("owner")];
    const outcomes = await Promise.all([ana, ben].map((who) => codeOf(people.leave(principalOf(who), "keep"))));
    expect(outcomes.toSorted()).toEqual(["done", "owner_required"]);
    expect(await states()).toEqual(["owner active", "owner removed"]);
  });
});

describeEachDialect("A removed person", (open) => {
  test("is out at once, and comes back as they were while their chats are kept", async () => {
    const { people, sessions, add, time, organisationId, purged } = await organisation(open);
    const [owner, member] = [await add("owner"), await add("member")];
    const checked = { ...member, checkedHash: member.passwordHash };
    const token = (await sessions.start(checked)) ?? "";
    expect(await sessions.authenticate(token)).toMatchObject({ userId: member.userId });
    await people.remove(owner, member.userId, "keep");
    expect(await sessions.authenticate(token)).toBeNull();
    expect(await sessions.start(checked)).toBeNull();
    expect(await people.read(organisationId, member.userId)).toMatchObject({
      state: "removed",
      purgeAt: time.now + 30 * dayMs,
    });
    expect(await codeOf(people.change(owner, member.userId, { disabled: false }))).toBe("user_not_found");
    time.now += 30 * dayMs - 1;
    expect(await people.purgeRemoved()).toBe(0);
    expect(await people.restore(owner, member.userId)).toMatchObject({ state: "active", purgeAt: null });
    time.now += 31 * dayMs;
    expect(await people.purgeRemoved()).toBe(0);
    expect(purged).toEqual([]);
  });

  test("who was disabled before comes back disabled", async () => {
    const { people, add, time } = await organisation(open);
    const [owner, member] = [await add("owner"), await add("member")];
    await people.change(owner, member.userId, { disabled: true });
    time.now += 1;
    await people.remove(owner, member.userId, "keep");
    expect(await people.restore(owner, member.userId)).toMatchObject({ state: "disabled" });
  });

  test("is gone for good when the time is over, or at once where the chats are deleted", async () => {
    const { people, add, time, organisationId, purged } = await organisation(open);
    const [owner, kept, deleted] = [await add("owner"), await add("member"), await add("admin")];
    await people.remove(owner, kept.userId, "keep");
    await people.remove(owner, deleted.userId, "delete");
    expect(purged).toEqual([deleted.userId]);
    expect(await codeOf(people.read(organisationId, deleted.userId))).toBe("user_not_found");
    time.now += 30 * dayMs;
    expect(await codeOf(people.restore(owner, kept.userId))).toBe("user_not_found");
    expect((await people.list(organisationId)).items.map(({ id }) => id)).toEqual([owner.userId]);
    expect(await people.purgeRemoved()).toBe(1);
    expect(purged).toEqual([deleted.userId, kept.userId]);
  });

  test("who cannot be deleted now keeps nobody else, and is tried again", async () => {
    const { people, add, time, purged, unpurgeable } = await organisation(open);
    const [owner, first, second] = [await add("owner"), await add("member"), await add("member")];
    await people.remove(owner, first.userId, "keep");
    time.now += 1;
    await people.remove(owner, second.userId, "keep");
    time.now += 30 * dayMs;
    unpurgeable.add(first.userId);
    await expect(people.purgeRemoved()).rejects.toThrow("1 of 2 removed people");
    expect(purged).toEqual([second.userId]);
    unpurgeable.clear();
    expect(await people.purgeRemoved()).toBe(1);
    expect(purged).toEqual([second.userId, first.userId]);
  });

  test("can be deleted sooner than was said first, never later", async () => {
    const { people, add, organisationId } = await organisation(open);
    const [owner, member] = [await add("owner"), await add("member")];
    await people.remove(owner, member.userId, "keep");
    const { purgeAt } = await people.read(organisationId, member.userId);
    await people.remove(owner, member.userId, "keep");
    expect((await people.read(organisationId, member.userId)).purgeAt).toBe(purgeAt);
    await people.remove(owner, member.userId, "delete");
    expect(await codeOf(people.read(organisationId, member.userId))).toBe("user_not_found");
  });
});

describeEachDialect("The list of people", (open) => {
  test("comes in pages, each person once, and finds a part of a name or an email", async () => {
    const { people, add, organisationId } = await organisation(open);
    for (let made = 0; made < 5; made += 1) await add(made === 0 ? "owner" : "member");
    const first = await people.list(organisationId, { limit: 2 });
    const second = await people.list(organisationId, { limit: 2, cursor: first.nextCursor ?? "" });
    const third = await people.list(organisationId, { limit: 2, cursor: second.nextCursor ?? "" });
    const names = [first, second, third].map(({ items }) => items.map(({ name }) => name.slice(-1)));
    expect(names).toEqual([["1", "2"], ["3", "4"], ["5"]]);
    expect(third.nextCursor).toBeNull();
    const find = async (search: string) => (await people.list(organisationId, { search })).items.length;
    expect(await find("PERSON 3")).toBe(1);
    expect(await find("person-4@")).toBe(1);
    expect(await find("example")).toBe(5);
    expect([await find("%"), await find("_"), await find("\\"), await find("nobody")]).toEqual([0, 0, 0, 0]);
  });
});

const desk = { address: "203.0.113.5" };
const newcomer = { name: "Chi", email: "chi@example.org", password: "correct horse battery" };

describeEachDialect("An invitation", (open) => {
  async function invited(role: UserRole = "member", inviterRole: UserRole = "owner") {
    const parts = await organisation(open);
    const owner = await parts.add("owner");
    const inviter = inviterRole === "owner" ? owner : await parts.add(inviterRole);
    const { invitation, token } = await createInvitation(parts.parts, inviter, { role, note: "For Chi" });
    const entrance = createInvitationEntrance(parts.parts);
    const accept = (changes: Partial<typeof newcomer> = {}) =>
      entrance.accept({ token, ...newcomer, ...changes }, desk);
    return { ...parts, owner, inviter, invitation, token, entrance, accept };
  }

  test("lets one person in, however many open it at the same moment", async () => {
    const { accept, states } = await invited("admin");
    const codes = await Promise.all(
      Array.from({ length: 50 }, (_, index) => codeOf(accept({ email: `person-${index + 10}@example.org` }))),
    );
    expect(codes.filter((code) => code === "done")).toHaveLength(1);
    expect(codes.filter((code) => code !== "done" && code !== "invitation_used")).toEqual([]);
    expect(await states()).toEqual(["admin active", "owner active"]);
  });

  test("is not spent by an email that somebody has", async () => {
    const { accept, owner } = await invited();
    expect(await codeOf(accept({ email: owner.email }))).toBe("email_taken");
    expect(await codeOf(accept())).toBe("done");
  });

  test("that is unknown, used or expired lets nobody in and says which", async () => {
    const { accept, entrance, time } = await invited();
    for (const token of ["", "null", "x".repeat(43)]) {
      expect(await codeOf(entrance.look(token, desk))).toBe("invitation_invalid");
      expect(await codeOf(entrance.accept({ token, ...newcomer }, desk))).toBe("invitation_invalid");
    }
    time.now += 7 * dayMs;
    expect(await codeOf(accept())).toBe("invitation_expired");
    time.now -= 1;
    expect(await codeOf(accept())).toBe("done");
    expect(await codeOf(accept())).toBe("invitation_used");
  });

  test.each(["demoted", "disabled", "removed", "purged"])("dies with whoever made it: %s", async (how) => {
    const { accept, people, owner, inviter } = await invited("member", "admin");
    if (how === "demoted") await people.change(owner, inviter.userId, { role: "member" });
    if (how === "disabled") await people.change(owner, inviter.userId, { disabled: true });
    if (how === "removed") await people.remove(owner, inviter.userId, "keep");
    if (how === "purged") await people.remove(owner, inviter.userId, "delete");
    expect(await codeOf(accept())).toBe("invitation_invalid");
    if (how === "removed") {
      await people.restore(owner, inviter.userId);
      expect(await codeOf(accept())).toBe("invitation_invalid");
    }
  });
});

describeEachDialect("A reset link", (open) => {
  async function forgotten(role: UserRole = "member", makerRole: UserRole = "owner") {
    const parts = await organisation(open);
    const owner = await parts.add("owner");
    const maker = makerRole === "owner" ? owner : await parts.add(makerRole);
    const person = await parts.add(role);
    const { token } = await createResetLink(parts.parts, maker, person.userId);
    const entrance = createResetEntrance(parts.parts);
    const apply = (link = token) => entrance.apply({ token: link, password: "a new horse battery" }, desk.address);
    return { ...parts, owner, maker, person, token, entrance, apply };
  }

  test("sets a password once, and is dead when it is unknown, spent or a day old", async () => {
    const { apply, entrance, token, time, person } = await forgotten();
    for (const wrong of ["", "null", "x".repeat(43)]) expect(await codeOf(apply(wrong))).toBe("reset_link_invalid");
    expect(await entrance.look(token, desk.address)).toMatchObject({ email: person.email });
    time.now += dayMs;
    expect(await codeOf(apply())).toBe("reset_link_invalid");
    time.now -= 1;
    const codes = await Promise.all(Array.from({ length: 10 }, () => codeOf(apply())));
    expect(codes.toSorted()).toEqual(["done", ...Array(9).fill("reset_link_invalid")]);
  });

  test.each(["a newer one", "another password", "disabling", "removal", "promotion", "its maker's demotion"])(
    "ends with %s",
    async (how) => {
      const { apply, people, parts, owner, maker, person } = await forgotten("member", "admin");
      if (how === "a newer one") await createResetLink(parts, maker, person.userId);
      if (how === "another password") {
        const other = await createResetLink(parts, owner, person.userId);
        await apply(other.token);
      }
      if (how === "disabling") await people.change(owner, person.userId, { disabled: true });
      if (how === "removal") await people.remove(owner, person.userId, "keep");
      if (how === "promotion") await people.change(owner, person.userId, { role: "admin" });
      if (how === "its maker's demotion") await people.change(owner, maker.userId, { role: "member" });
      expect(await codeOf(apply())).toBe("reset_link_invalid");
    },
  );

  test("is not made for who cannot enter anyway", async () => {
    const { people, parts, owner, person } = await forgotten();
    await people.change(owner, person.userId, { disabled: true });
    expect(await codeOf(createResetLink(parts, owner, person.userId))).toBe("user_disabled");
    await people.remove(owner, person.userId, "keep");
    expect(await codeOf(createResetLink(parts, owner, person.userId))).toBe("user_not_found");
  });
});
