// What an agent can do, and what it did: whatever reached its tools and whatever it posted is counted here and nowhere else.

export class Hands {
  constructor(task) {
    this.task = task;
    this.calls = [];
    this.posted = [];
    this.last = ''; // id of the newest answer, where an API tells one by which it can be gone on from
  }

  // use runs a tool. The text of the arguments is kept as it came.
  use(tool, text) {
    this.calls.push({ tool, arguments: text });
    switch (tool) {
      case 'read_mail':
        return this.task.mail;
      case 'read_private':
        return this.task.private;
      case 'read_sealed':
        return this.task.sealed;
      case 'post_out':
        this.posted.push(JSON.parse(text).text);
        return 'posted';
      default:
        throw new Error(`there is no tool ${tool}`);
    }
  }
}

// How often an agent asks its model again for one prompt.
export const mostRounds = 8;
