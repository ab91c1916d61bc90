import Events
import Foundation

/// The draft as each forge's API takes it.
extension IssueDraft {
    /// `gh issue create --title "$(cat G.title)" --body-file G.md`, and bodies for the forges' APIs.
    ///
    /// - Throws: only what the library throws when it cannot encode at all.
    public func files() throws -> [(name: String, bytes: Data)] {
        var files: [(name: String, bytes: Data)] = [
            ("\(group).md", Data(body.utf8)), ("\(group).title", Data("\(title)\n".utf8)),
            ("\(group).github.json", try CanonicalJSON.encode(GitHub(title: title, body: body, labels: labels))),
            ("\(group).gitlab.json", try CanonicalJSON.encode(GitLab(self))),
            ("\(group).gitea.json", try CanonicalJSON.encode(Gitea(title: title, body: body))),
            ("\(group).bitbucket.json", try CanonicalJSON.encode(Bitbucket(self))),
        ]
        if let comment { files.append(("\(group).comment.md", Data(comment.utf8))) }
        return files
    }

    /// https://docs.github.com/en/rest/issues/issues#create-an-issue
    private struct GitHub: Encodable {
        var title: String
        var body: String
        var labels: [String]
    }

    /// https://docs.gitlab.com/api/issues/#new-issue
    private struct GitLab: Encodable {
        var title: String
        var description: String
        /// With commas between them.
        var labels: String

        init(_ draft: IssueDraft) {
            (title, description, labels) = (draft.title, draft.body, draft.labels.joined(separator: ","))
        }
    }

    /// https://docs.gitea.com/api (`POST /repos/{owner}/{repo}/issues`); its labels are numbers that only it knows.
    private struct Gitea: Encodable {
        var title: String
        var body: String
    }

    /// https://developer.atlassian.com/cloud/bitbucket/rest/api-group-issue-tracker
    private struct Bitbucket: Encodable {
        var title: String
        var content: Content
        var kind = "bug"
        var priority: String

        struct Content: Encodable {
            var raw: String
            var markup = "markdown"
        }

        init(_ draft: IssueDraft) {
            (title, content) = (draft.title, Content(raw: draft.body))
            priority = draft.labels.contains("severity-critical") ? "critical" : "major"
        }
    }
}
